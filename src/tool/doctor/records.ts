/** What is recorded of attachments and addresses, against what lives. */
import type { AttachmentRecord } from '../../../schemas/record.ts';
import { isOver, type Life } from '../attachments/life.ts';
import { quoted } from './cures.ts';
import { counted, notChecked, type Outcome, ok, problem, warning, wrongOr } from './finding.ts';
import { leakOutcomes, type SurveyedStore } from './leaks.ts';
import { type SriovCniFacts, sriovCniOutcome } from './sriov-cni.ts';

export type SeenRecord = {
  readonly record: AttachmentRecord;
  readonly life: Life;
  /** False also where it is only not seen. */
  readonly isSandboxThere: boolean;
  readonly isVfThere: boolean;
  /** Absent where the file does not tell. */
  readonly writtenMsAgo?: number;
};

export type RecordFacts = {
  readonly executable: string;
  readonly records: readonly SeenRecord[];
  /** Files that are no record any more. */
  readonly damaged: readonly string[];
  readonly stores: readonly SurveyedStore[];
  readonly sriovCni: SriovCniFacts;
};

export function recordOutcomes(facts: RecordFacts): readonly Outcome[] {
  const { records, stores, executable } = facts;
  const each = (wrong: (seen: SeenRecord, facts: RecordFacts) => Outcome | undefined) =>
    records.flatMap((seen) => wrong(seen, facts) ?? []);
  const damaged = [...facts.damaged, ...stores.flatMap(putAside)];
  return [
    ...wrongOr(each(stale), ok('stale-records', recordedText(records.length))),
    ...wrongOr(each(unfinished), ok('unfinished-records', 'no ADD or DEL was left half-way')),
    ...wrongOr(each(withoutVf), ok('lost-vfs', 'each attachment has its VF')),
    ...wrongOr(damaged.map(damagedOutcome), ok('damaged-files', 'no damaged record or reservation')),
    ...leakOutcomes(stores, executable),
    sriovCniOutcome(facts.sriovCni),
  ];
}

const putAside = ({ dataDir, surveys }: SurveyedStore) =>
  surveys.flatMap(({ network, listing }) => listing.aside.map((name) => `${dataDir}/${network}/${name}`));

const recordedText = (count: number) =>
  count === 0 ? 'nothing is attached' : `${counted(count, 'attachment')} recorded, whose sandboxes live`;

const textOf = ({ record: { attachment, device } }: SeenRecord) =>
  `${device} (container ${attachment.containerId}, ${attachment.ifName}, network ${attachment.network})`;

const ending = ({ record: { device } }: SeenRecord, { executable }: RecordFacts) =>
  `${quoted(executable)} attachments release ${device} --yes`;

function stale(seen: SeenRecord, facts: RecordFacts): Outcome | undefined {
  const { life, record } = seen;
  if (life.state === 'unknown')
    return notChecked('stale-records', `whether the attachment of ${textOf(seen)} lives: ${life.why}`);
  if (!isOver(life) || isLost(seen)) return undefined;
  return warning(
    'stale-records',
    `The attachment of ${textOf(seen)} is dead: ${life.why}. The next ADD of the VF ends it; until then it holds ${counted(record.addresses.held.length, 'address', 'addresses')}.`,
    [ending(seen, facts)],
  );
}

/** Its pod lives without it. */
const isLost = ({ isSandboxThere, isVfThere }: SeenRecord) => isSandboxThere && !isVfThere;

/** Longer than a command may take. */
const AT_WORK_MS = 5 * 60_000;

function unfinished(seen: SeenRecord, facts: RecordFacts): Outcome | undefined {
  const { life, writtenMsAgo = Number.POSITIVE_INFINITY } = seen;
  if (life.state !== 'unfinished' || writtenMsAgo < AT_WORK_MS) return undefined;
  return warning(
    'unfinished-records',
    `An ADD or DEL of ${textOf(seen)} was left half-way: it died, or could not restore all. See the log of the runtime for why.`,
    [ending(seen, facts)],
  );
}

function withoutVf(seen: SeenRecord): Outcome | undefined {
  if (!isLost(seen)) return undefined;
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
