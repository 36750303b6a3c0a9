/** Looks at an attachment again: runtimes go on while we work. */
import { isSameAttachment } from '../../../schemas/attachment.ts';
import { CniError } from '../../../schemas/fault.ts';
import type { AttachmentRecord } from '../../../schemas/record.ts';
import type { Tool } from '../tool.ts';
import { endByDel } from './ending.ts';

/** Undefined if it has ended. */
export async function recordedNow(
  { device, attachment }: AttachmentRecord,
  { records }: Pick<Tool, 'records'>,
): Promise<AttachmentRecord | undefined> {
  const present = await records();
  return present.find((one) => one.device === device && isSameAttachment(one.attachment, attachment));
}

/** Throws CniError if DEL refuses, or leaves the record. */
export async function endForCertain(record: AttachmentRecord, tool: Tool): Promise<void> {
  await endByDel(tool, record);
  if (!(await recordedNow(record, tool))) return;
  throw new CniError(
    'undo-incomplete',
    `DEL has ended, but ${record.device} is still recorded: was it attached anew? See: sriov attachments show ${record.device}`,
  );
}
