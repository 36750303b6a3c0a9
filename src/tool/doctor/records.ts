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
  const damaged = [...facts.damaged, ...networks.flatMap(({ damaged }) => damaged)];
  return [
    ...wrongOr(each(stale), ok('stale-records', recordedText(records.length))),
    ...wrongOr(each(unfinished), ok('unfinished-records', 'no ADD or DEL was left half-way')),
    ...wrongOr(each(withoutVf), ok('lost-vfs', 'each attachment has its VF')),
    ...wrongOr(damaged.map(damagedOutcome), ok('damaged-files', 'no damaged record or reservation')),
    ...wrongOr(leaks(facts), ok('leaks', 'no address is held for nobody')),
    ...strangers(facts),
    sriovCniOutcome(facts),
  ];
}

const recordedText = (count: number) =>
  count === 0 ? 'nothing is attached' : `${counted(count, 'attachment')} recorded, whose sandboxes live`;

const textOf = ({ record: { attachment, device } }: SeenRecord) =>
  `${device} (container ${attachment.containerId}, ${attachment.ifName}, network ${attachment.network})`;

const ending = ({ record: { device } }: SeenRecord, { executable }: RecordFacts) =>
  `${quoted(executable)} attachments release ${device} --yes`;

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

function damagedOutcome(path: string): Outcome {
  const check = 'damaged-files';
  const look = `less ${quoted(path)}`;
  if (/\.damaged(\.\d+)?$/.test(path))
    return warning(check, `${path} was damaged, and put aside: nobody reads it any more.`, [
      `${look}; rm ${quoted(path)}`,
    ]);
  return warning(
    check,
    `The record ${path} is damaged. The next ADD or DEL of the VF puts it aside; DEL restores the VF by what its link tells.`,
    [`${look}  # what can be read of it tells which container it was`],
  );
}

/** Our own by what is recorded; those of other plugins only if nobody can have lived since. */
function leaks(facts: RecordFacts): Outcome[] {
  return facts.networks.flatMap((stored) => {
    const isLeak = leakTest(stored, facts);
    const leaking = stored.reservations.filter(isLeak);
    return leaking.length === 0 ? [] : [leak(stored, leaking, facts)];
  });
}

type LeakTest = (reservation: Reservation) => boolean;

/** Of a record that cannot be read the container may live. */
function leakTest(
  { network }: StoredNetwork,
  { records, damaged, ourNetworks, bootedMs }: RecordFacts,
): LeakTest {
  const ours = records.filter(({ record }) => record.attachment.network === network);
  const lives = among(ours.map(({ record }) => record.attachment));
  const kept = new Set<string>(ours.flatMap(({ record }) => record.addresses.held));
  const isJudged = ourNetworks.includes(network) && damaged.length === 0;
  return ({ address, containerId, ifName, sinceMs }) =>
    !kept.has(address) && !lives(containerId, ifName) && (isJudged || sinceMs < bootedMs);
}

/** So many are named. */
const SHOWN = 5;

function leak(
  { network }: StoredNetwork,
  leaking: readonly Reservation[],
  { executable }: RecordFacts,
): Outcome {
  const addresses = leaking.map(({ address }) => address).join(' ');
  const shown = leaking
    .slice(0, SHOWN)
    .map(({ address, containerId }) => `${address} (${containerId || 'nobody'})`);
  const more = leaking.length > SHOWN ? ` and ${leaking.length - SHOWN} more` : '';
  return warning(
    'leaks',
    `Network ${network} holds ${counted(leaking.length, 'address', 'addresses')} for containers that are gone: ${shown.join(', ')}${more}.`,
    [
      `for a in ${addresses}; do ${quoted(executable)} ipam release $a --network ${quoted(network)} --yes; done`,
    ],
  );
}

/** Reservations that nobody here can judge. */
function strangers({ networks, ourNetworks, bootedMs, damaged }: RecordFacts): Outcome[] {
  const others = networks.filter(
    ({ network, reservations }) =>
      !ourNetworks.includes(network) && reservations.some(({ sinceMs }) => sinceMs >= bootedMs),
  );
  const names = others.map(({ network, reservations }) => `${network} (${reservations.length})`).join(', ');
  return [
    ...(damaged.length > 0
      ? [
          notChecked(
            'leaks',
            'whose addresses are held for nobody: a damaged record may be of a container that lives',
          ),
        ]
      : []),
    ...(names
      ? [notChecked('leaks', `addresses of networks that nothing on this node shows to be ours: ${names}`)]
      : []),
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
