/**
 * The text of a record's file: JSON that a person can read, with a checksum over its content, so that what a failing disk or
 * an editor changed is not believed.
 */
import { crc32 } from 'node:zlib';
import * as z from 'zod/mini';
import { AttachmentRecord } from '../../schemas/record.ts';

export function recordText(record: AttachmentRecord): string {
  return `${JSON.stringify({ ...record, checksum: checksumOf(record) }, null, 2)}\n`;
}

/** The device's record, undefined if that is not what was written. */
export function recordIn(text: string, device: string): AttachmentRecord | undefined {
  try {
    const { checksum, ...content } = JSON.parse(text);
    if (checksum !== checksumOf(content)) return undefined;
    const record = z.parse(AttachmentRecord, content);
    return record.device === device ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Of the content, not of the text: JSON keeps the order of keys. */
function checksumOf(content: object): string {
  return crc32(JSON.stringify(content)).toString(16).padStart(8, '0');
}
