/** An ADD and the DEL behind it, with all that is the plugin's own but the machine, which is a model. */
import { CniError, FAULTS } from '../../../schemas/fault.ts';
import type { AttachmentRecord } from '../../../schemas/record.ts';
import type { AddRequest } from '../../../schemas/request.ts';
import type { Result } from '../../../schemas/result.ts';
import { add } from '../../attachment/add.ts';
import { del } from '../../attachment/del.ts';
import { isDead } from '../../attachment/holders.ts';
import type { Log } from '../../attachment/ports.ts';
import { rehearsedWorld, type Stage } from '../rehearsal/rehearsed-world.ts';

export type Rehearsal = {
  /** Sentences, in order. */
  readonly changes: readonly string[];
  /** What DEL does then. */
  readonly restore: readonly string[];
  readonly warnings: readonly string[];
  readonly result?: Result;
  readonly refusal?: Refusal;
};

/** As the plugin would answer. */
export type Refusal = { readonly code: number; readonly msg: string; readonly details: string };

export function refusalOf(cause: CniError): Refusal {
  const { code, msg, details } = cause.answer('');
  return { code, msg, details };
}

type Setting = Stage & {
  /** Of all attachments of this machine. */
  readonly records: readonly AttachmentRecord[];
};

/** Each attempt is made on a model of its own. */
export async function rehearse(request: AddRequest, setStage: () => Promise<Setting>): Promise<Rehearsal> {
  const stage = await setStage();
  const first = await attempt(request, stage);
  if (!first.refusal || !SHORTAGES.includes(first.refusal.code)) return first;
  const ended = await endDead(request, stage);
  if (ended.length === 0) return first;
  const { changes, ...again } = await attempt(request, await setStage());
  return { ...again, changes: again.refusal ? [] : [...ended, ...changes] };
}

const SHORTAGES: readonly number[] = [FAULTS['no-free-address'].code, FAULTS['address-taken'].code];

/** As ADD does where addresses are short: what is proved dead gives its addresses back. */
async function endDead({ attachment }: AddRequest, { record, records, addresses, real }: Setting) {
  const sentences: string[] = [];
  for (const one of records) {
    const isOther = one.device !== record?.device && one.attachment.network === attachment.network;
    if (!isOther || !(await isDead(one, real))) continue;
    await addresses.release(one.attachment, one.addresses.dataDir, one.addresses.held);
    sentences.push(`end the dead attachment of ${one.device} to container ${one.attachment.containerId}`);
  }
  return sentences;
}

async function attempt(request: AddRequest, stage: Stage): Promise<Rehearsal> {
  const told = { changes: [] as string[], warnings: [] as string[] };
  const log: Log = (level, message) => {
    if (level === 'info') told.changes.push(message);
    if (level === 'warning' || level === 'error') told.warnings.push(message);
  };
  const world = await rehearsedWorld(stage, log);
  try {
    const result = await add(request, world);
    const changes = told.changes.splice(0);
    await del({ attachment: request.attachment, sandbox: request.sandbox, conf: {} }, world);
    return { ...told, changes, restore: told.changes, result };
  } catch (cause) {
    if (!(cause instanceof CniError)) throw cause;
    return { changes: [], restore: [], warnings: told.warnings, refusal: refusalOf(cause) };
  }
}
