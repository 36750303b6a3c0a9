import type { AttachmentRecord } from '../../schemas/record.ts';
import type { World } from './ports.ts';

/** The record as it is on disk. */
export type Memory = { record: AttachmentRecord };

export async function remember(
  { records }: Pick<World, 'records'>,
  memory: Memory,
  news: Partial<AttachmentRecord>,
): Promise<void> {
  memory.record = { ...memory.record, ...news };
  await records.write(memory.record);
}
