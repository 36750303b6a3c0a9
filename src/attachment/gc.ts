/** GC: DEL for every attachment of the network that the runtime does not know any more. */
import { CniError } from '../../schemas/fault.ts';
import type { Delegate } from '../../schemas/record.ts';
import type { GcRequest } from '../../schemas/request.ts';
import { withValidAttachments } from '../../schemas/valid-attachments.ts';
import type { NetworkName } from '../../schemas/words.ts';
import { delRecorded } from './del.ts';
import { dataDirOf } from './desired.ts';
import { mayReleaseIn } from './policy.ts';
import type { IsValid, World } from './ports.ts';

type Pair = { readonly containerId: string; readonly ifName: string };
type IsAmong = (containerId: string, ifName: string | undefined) => boolean;

/** Tells whether one of the pairs is meant. Without an interface name any attachment of the container is. */
export function among(pairs: readonly Pair[]): IsAmong {
  const keyOf = (containerId: string, ifName = '') => JSON.stringify([containerId, ifName]);
  const keys = new Set(
    pairs.flatMap(({ containerId, ifName }) => [keyOf(containerId), keyOf(containerId, ifName)]),
  );
  return (containerId, ifName) => keys.has(keyOf(containerId, ifName));
}

/** In our words. */
export function pairsOf(valid: NonNullable<GcRequest['valid']>): Pair[] {
  return valid.map(({ containerID, ifname }) => ({ containerId: containerID, ifName: ifname }));
}

/** Another plugin is not to free addresses of what we could not end, either. */
function withKept(delegate: Delegate, pairs: readonly Pair[]): Delegate {
  const valid = pairs.map(({ containerId, ifName }) => ({ containerID: containerId, ifname: ifName }));
  return { ...delegate, netconf: withValidAttachments(delegate.netconf, valid) };
}

/** Of an attachment that could not be ended the addresses stay, as its record does. */
async function withRecorded(living: readonly Pair[], network: NetworkName, world: World): Promise<Pair[]> {
  const records = await world.records.ofNetwork(network);
  return [...living, ...records.map(({ attachment }) => attachment)];
}

/**
 * Releases what nobody has a record of. Who holds addresses is asked before who has a record, which comes first in ADD: one
 * that begins meanwhile loses nothing.
 */
async function collect({ network, conf }: GcRequest, living: readonly Pair[], world: World): Promise<void> {
  const { addresses } = world;
  const dataDir = dataDirOf(conf);
  if (!mayReleaseIn(dataDir, world)) return;
  const nameOf = (containerId: string, ifName: string | undefined) => `${containerId} ${ifName}`;
  const holders = await addresses.holders(network, dataDir);
  const records = await world.records.ofNetwork(network);
  const lives = among([...living, ...records.map(({ attachment }) => attachment)]);
  const gone = holders.filter(({ containerId, ifName }) => !lives(containerId, ifName));
  const names = new Set(gone.map(({ containerId, ifName }) => nameOf(containerId, ifName)));
  // Of a reservation that was damaged only the record tells whose it is. One directory may be spelt in many ways.
  const kept = new Set(records.flatMap(({ addresses: { held } }) => held));
  const isValid: IsValid = (containerId, ifName, address) =>
    (address !== undefined && kept.has(address)) || !names.has(nameOf(containerId, ifName));
  await addresses.collect(network, dataDir, isValid);
}

export async function gc(request: GcRequest, world: World): Promise<void> {
  const { network, delegate, valid } = request;
  if (!valid) return;
  const living = pairsOf(valid);
  const lives = among(living);
  const problems: string[] = [];
  const attempt = (action: Promise<unknown>) =>
    action.catch((cause: Error) => problems.push(cause.message)).then(() => {});
  for (const record of await world.records.ofNetwork(network)) {
    const { containerId, ifName } = record.attachment;
    if (!lives(containerId, ifName)) await attempt(delRecorded(record, world));
  }
  await attempt(collect(request, living, world));
  if (delegate) {
    const pairs = await withRecorded(living, network, world);
    await attempt(world.delegates.ask(withKept(delegate, pairs), 'GC'));
  }
  if (problems.length > 0) throw new CniError('undo-incomplete', problems.join('; '));
}
