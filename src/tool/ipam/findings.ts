/** What is wrong in a store, and what cures it; pure. */
import { join } from 'node:path';
import { ipText, parseIp } from '../../../schemas/ip.ts';
import { isOver } from '../attachments/life.ts';
import type { Judged } from './judged.ts';
import { isSameDirectory, type Surveyed, type Wanted } from './survey.ts';

export type Finding = {
  readonly network: string;
  /** An address, or a file of the directory. */
  readonly what: string;
  readonly is: 'stale' | 'damaged' | 'unfinished' | 'unknown' | 'missing' | 'put aside' | 'of no meaning';
  readonly why: string;
  readonly cure?: string;
  /** What is unknown need not be wrong. */
  readonly isWrong: boolean;
};

export function findingsIn(
  surveyed: Surveyed,
  { dataDir, onlyOurs }: Pick<Wanted, 'dataDir' | 'onlyOurs'>,
): Finding[] {
  const reclaim = (device: string | undefined) =>
    `sriov ipam reclaim ${surveyed.network} ${onlyOurs && !device ? '--only-ours ' : ''}--yes`;
  return [
    ...surveyed.judged.flatMap((one) => ofJudged(one, surveyed.network, reclaim)),
    ...missingIn(surveyed, dataDir),
    ...ofFiles(surveyed, dataDir),
  ];
}

function ofJudged(one: Judged, network: string, reclaim: (device: string | undefined) => string): Finding[] {
  const { address, state, why = '', device, isReclaimable } = one;
  if (state === 'held' || (state === 'unfinished' && !isReclaimable)) return [];
  const cure = isReclaimable ? reclaim(device) : byHand(one, network);
  const what = address ?? 'a draft';
  return [{ network, what, is: state, why, ...(cure && { cure }), isWrong: state !== 'unknown' }];
}

function byHand({ address, state, device }: Judged, network: string): string | undefined {
  if (device) return `sriov attachments show ${device}`;
  const force = state === 'unknown' ? ' --force' : '';
  return address && `if nobody uses it: sriov ipam release ${address} --network ${network} --yes${force}`;
}

/** Of records that say that they are kept here. Those that are dead come with what they hold. */
function missingIn({ network, lived, listing }: Surveyed, dataDir: string): Finding[] {
  const holders = new Map(listing.reserved.map(({ address, holder }) => [ipText(address), holder]));
  return lived.flatMap(({ record: { attachment, addresses, device }, life }) => {
    if (!isSameDirectory(addresses.dataDir, dataDir)) return [];
    const lost = addresses.held.filter((text) => !isHolder(holders.get(canonical(text)), attachment));
    return lost.map((what) => ({
      network,
      what,
      is: 'missing' as const,
      why: `the record of ${device} lists it, and the store does not hold it for ${attachment.containerId}`,
      cure: isOver(life) ? `sriov attachments release ${device} --yes` : 'restart the pod',
      isWrong: true,
    }));
  });
}

const canonical = (text: string) => {
  const ip = parseIp(text);
  return ip ? ipText(ip) : text;
};

/** What names nobody may be anybody's. */
function isHolder(
  holder: Surveyed['listing']['reserved'][number]['holder'] | undefined,
  { containerId, ifName }: { readonly containerId: string; readonly ifName: string },
): boolean {
  if (!holder) return false;
  if (holder.containerId === '') return true;
  return holder.containerId === containerId && (holder.ifName ?? ifName) === ifName;
}

function ofFiles({ network, listing: { lost, aside, strange } }: Surveyed, dataDir: string): Finding[] {
  const findings = (names: readonly string[], is: 'put aside' | 'of no meaning', why: string): Finding[] =>
    names.map((what) => ({
      network,
      what,
      is,
      why,
      cure: `look at it, and remove ${join(dataDir, network, what)}`,
      isWrong: true,
    }));
  return [
    ...findings(lost, 'of no meaning', 'it tells no last address: the next one is looked for from the start'),
    ...findings(aside, 'put aside', 'it was a reservation that named nobody'),
    ...findings(strange, 'of no meaning', 'nobody who shares the store has such files'),
  ];
}
