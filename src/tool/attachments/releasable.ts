/** Whether an attachment may be ended by somebody else than its runtime; pure. */
import type { AttachmentRecord } from '../../../schemas/record.ts';
import { holderOf, holderText } from '../holder.ts';
import type { Life } from './life.ts';

/** Undefined if it may. What is unfinished though nobody has its lock died half-way: nobody relies on it. */
export function refusalOf(record: AttachmentRecord, { state, why }: Life): string | undefined {
  const { device } = record;
  const whose = holderText(holderOf(record));
  if (state === 'living') {
    const doubt = why ? ` (${why})` : '';
    return `${device} is in use: ${whose} lives${doubt}. End the pod instead, or take its interface away by --force`;
  }
  if (state === 'unknown') return `${device} may be in use by ${whose}: ${why}. --force ends it nevertheless`;
  return undefined;
}
