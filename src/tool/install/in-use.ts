/** Attachments that only this plugin can end: without it their pods get no DEL. */
import { CniError } from '../../../schemas/fault.ts';
import type { AttachmentRecord } from '../../../schemas/record.ts';
import { isThere } from '../../host/node/files.ts';
import { damagedRecords } from '../damaged-records.ts';
import type { Program } from '../executable/program-at.ts';
import { holderOf, holderText } from '../holder.ts';
import type { Tool } from '../tool.ts';

const NAMED = 5;

/** `next` is who has the name afterwards. sriov-cni can end what it made itself, but reads no record of ours. */
export function orphansOf(records: readonly AttachmentRecord[], next: Program): readonly AttachmentRecord[] {
  if (next.kind === 'ours') return [];
  return next.kind === 'none' ? records : records.filter(({ origin }) => origin === undefined);
}

export function mustHaveNone(orphans: readonly AttachmentRecord[]): void {
  if (orphans.length === 0) return;
  const named = orphans.slice(0, NAMED).map((record) => {
    const holder = holderOf(record);
    return `${record.device} (${holderText(holder)} ${holder.interface})`;
  });
  const others = orphans.length > NAMED ? ` and ${orphans.length - NAMED} more` : '';
  throw new CniError(
    'device-in-use',
    `Attachments are recorded that nobody else can end: ${named.join(', ')}${others}. End their pods first, or go on with --force: then their VFs stay as they are`,
  );
}

/** Throws CniError where nobody can tell: a container does not see the node's records, if it is not given them. */
export function mustSeeRecords({ isEntryPoint, places }: Pick<Tool, 'isEntryPoint' | 'places'>): void {
  if (!isEntryPoint || isThere(places.stateDir)) return;
  throw new CniError(
    'unavailable',
    `It cannot be told what is attached: ${places.stateDir} is not there, as in a container. Run it on the node itself, or go on with --force`,
  );
}

/** Throws CniError if there are any, or if that cannot be told: a damaged record may be of a pod that lives. */
export async function mustLeaveNobody({ records, places }: Tool, next: Program): Promise<void> {
  if (next.kind === 'ours') return;
  const all = await records();
  mustHaveNone(orphansOf(all, next));
  const { inPlace } = damagedRecords(places.stateDir, all);
  if (inPlace.length === 0) return;
  throw new CniError(
    'device-in-use',
    `It cannot be told what is attached: ${inPlace.join(', ')} cannot be read. Look for a VF that is away (sriov discover), or go on with --force`,
  );
}
