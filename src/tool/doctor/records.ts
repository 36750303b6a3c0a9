/** What is recorded of attachments and addresses, against what lives. */
import type { AttachmentRecord } from '../../../schemas/record.ts';
import { among } from '../../attachment/gc.ts';
import { quoted } from './cures.ts';
import { counted, notChecked, type Outcome, ok, problem, warning, wrongOr } from './finding.ts';
import type { Reservation, StoredNetwork } from './stored.ts';

export type SeenRecord = {
  readonly record: AttachmentRecord;
  /** Its sandbox is gone, or it is of an earlier boot. */
  readonly isDead: boolean;
  readonly isVfThere: boolean;
  /** Absent where the file does not tell. */
  readonly writtenMsAgo?: number;
};

export type RecordFacts = {
  readonly executable: string;
  readonly pluginDirectory: string;
  readonly records: readonly SeenRecord[];
  /** Files that are no record any more. */
  readonly damaged: readonly string[];
  readonly networks: readonly StoredNetwork[];
  /** Networks whose addresses are certainly ours to judge. */
  readonly ourNetworks: readonly string[];
  readonly bootedMs: number;
  /** What sriov-cni left, if anything. */
  readonly sriovCni: { readonly directory: string; readonly files: number };
};

export function recordOutcomes(facts: RecordFacts): readonly Outcome[] {
  const { records, networks } = facts;
  const each = (wrong: (seen: SeenRecord, facts: RecordFacts) => Outcome | undefined) =>
    records.flatMap((seen) => wrong(seen, facts) ?? []);
  const asides = [...facts.damaged, ...networks.flatMap(({ damaged }) => damaged)];
  return [
    ...wrongOr(
      each(stale),
      ok('stale-records', `${counted(records.length, 'attachment')} recorded, of sandboxes that live`),
    ),
    ...wrongOr(each(unfinished), ok('unfinished-records', 'no ADD or DEL was left half-way')),
    ...wrongOr(each(withoutVf), ok('lost-vfs', 'each attachment has its VF')),
    ...wrongOr(asides.map(aside), ok('damaged-files', 'no damaged record or reservation')),
    ...wrongOr(leaks(facts), ok('leaks', 'no address is held for nobody')),
    ...strangers(facts),
    sriovCniOutcome(facts),
  ];
}

const textOf = ({ record: { attachment, device } }: SeenRecord) =>
  `${device} (container ${attachment.containerId}, ${attachment.ifName}, network ${attachment.network})`;

/** DEL needs no more of a configuration than the network's name. */
function ending(
  { record: { attachment } }: SeenRecord,
  { executable, pluginDirectory }: RecordFacts,
): string {
  const { network, containerId, ifName } = attachment;
  const variables = `CNI_COMMAND=DEL CNI_CONTAINERID=${containerId} CNI_IFNAME=${quoted(ifName)} CNI_PATH=${quoted(pluginDirectory)}`;
  return `echo '{"cniVersion":"1.0.0","name":"${network}","type":"sriov"}' | ${variables} ${quoted(executable)}`;
}

function stale(seen: SeenRecord, facts: RecordFacts): Outcome | undefined {
  if (!seen.isDead) return undefined;
  return warning(
    'stale-records',
    `The attachment of ${textOf(seen)} is dead: its sandbox ${seen.record.sandbox} is gone, or of an earlier boot. The next ADD of the VF ends it; until then it holds ${counted(seen.record.addresses.held.length, 'address', 'addresses')}.`,
    [ending(seen, facts)],
  );
}

/** Longer than a command may take. */
const AT_WORK_MS = 5 * 60_000;

function unfinished(seen: SeenRecord, facts: RecordFacts): Outcome | undefined {
  const { record, isDead, writtenMsAgo = Number.POSITIVE_INFINITY } = seen;
  if (isDead || !record.isUnfinished || writtenMsAgo < AT_WORK_MS) return undefined;
  return warning(
    'unfinished-records',
    `An ADD or DEL of ${textOf(seen)} was left half-way: it died, or could not restore all. See the log of the runtime for why.`,
    [ending(seen, facts)],
  );
}

function withoutVf(seen: SeenRecord): Outcome | undefined {
  if (seen.isDead || seen.isVfThere) return undefined;
  const { pod } = seen.record;
  const cure = pod
    ? `kubectl -n ${pod.namespace} delete pod ${pod.name}  # it comes back with another VF`
    : 'Start the container anew, with a VF that exists.';
  return problem('lost-vfs', `The VF of ${textOf(seen)} is gone: VFs were made anew while the pod had it.`, [
    cure,
  ]);
}

const aside = (path: string) =>
  warning('damaged-files', `${path} was damaged, and put aside: nobody reads it any more.`, [
    `less ${quoted(path)}; rm ${quoted(path)}`,
  ]);

/** Our own by what is recorded; those of other plugins only if nobody can have lived since. */
function leaks({ networks, records, ourNetworks, bootedMs }: RecordFacts): Outcome[] {
  return networks.flatMap(({ network, directory, reservations }) => {
    const ours = records.filter(({ record }) => record.attachment.network === network);
    const lives = among(ours.map(({ record }) => record.attachment));
    const kept = new Set(ours.flatMap(({ record }) => record.addresses.held));
    const isLeak = ({ address, containerId, ifName, sinceMs }: Reservation) =>
      !kept.has(address as never) &&
      !lives(containerId, ifName) &&
      (ourNetworks.includes(network) || sinceMs < bootedMs);
    const leaking = reservations.filter(isLeak);
    return leaking.length === 0 ? [] : [leak(network, directory, leaking)];
  });
}

/** So many are named. */
const SHOWN = 5;

function leak(network: string, directory: string, leaking: readonly Reservation[]): Outcome {
  const shown = leaking
    .slice(0, SHOWN)
    .map(({ address, containerId }) => `${address} (${containerId || 'nobody'})`);
  const more = leaking.length > SHOWN ? ` and ${leaking.length - SHOWN} more` : '';
  return warning(
    'leaks',
    `${counted(leaking.length, 'address', 'addresses')} of network ${network} held for containers that are gone: ${shown.join(', ')}${more}.`,
    [`cd ${quoted(directory)} && flock lock rm ${leaking.map(({ address }) => address).join(' ')}`],
  );
}

function strangers({ networks, ourNetworks, bootedMs }: RecordFacts): Outcome[] {
  const others = networks.filter(
    ({ network, reservations }) =>
      !ourNetworks.includes(network) && reservations.some(({ sinceMs }) => sinceMs >= bootedMs),
  );
  if (others.length === 0) return [];
  const names = others.map(({ network, reservations }) => `${network} (${reservations.length})`).join(', ');
  return [
    notChecked(
      'leaks',
      `addresses of networks that no record or configuration on this node shows to be ours: ${names}`,
    ),
  ];
}

function sriovCniOutcome({ sriovCni: { directory, files }, records }: RecordFacts): Outcome {
  const check = 'sriov-cni';
  if (files === 0) return ok(check, 'nothing of sriov-cni is left');
  const living = records.filter(({ record, isDead }) => record.origin && !isDead).length;
  if (living > 0)
    return ok(
      check,
      `${counted(living, 'attachment')} of sriov-cni still alive: ${directory} is needed until the last has ended`,
    );
  return warning(
    check,
    `${directory} has ${counted(files, 'file')} of sriov-cni, and none of its attachments lives: each command takes a lock more than it needs.`,
    [`rm -r ${directory}`],
  );
}
