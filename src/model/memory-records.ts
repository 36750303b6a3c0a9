/** The port Records in memory. It outlives the process, as a disk does. */
import { isSought } from '../../schemas/attachment.ts';
import { CniError } from '../../schemas/fault.ts';
import type { AttachmentRecord } from '../../schemas/record.ts';
import type { Records } from '../attachment/ports.ts';
import type { Steps } from './steps.ts';

export type MemoryRecords = Records & {
  readonly all: () => readonly AttachmentRecord[];
  /** Loses all records, as a new disk or a damaged file system would. */
  readonly lose: () => void;
  /** Sandboxes for which others claim a device, by device. */
  readonly claims: Map<string, string>;
};

export function memoryRecords(steps: Steps): MemoryRecords {
  const records = new Map<string, AttachmentRecord>();
  const claims = new Map<string, string>();
  const refuse = (): never => {
    throw new CniError('input-output', 'Cannot write the record: ENOSPC');
  };
  const all = () => structuredClone([...records.values()]);
  return {
    all,
    claims,
    lose: () => records.clear(),
    async ofDevice(device) {
      steps.mustLive();
      return structuredClone(records.get(device));
    },
    async ofAttachment(attachment) {
      steps.mustLive();
      return all().filter((record) => isSought(record.attachment, attachment));
    },
    async ofNetwork(network) {
      steps.mustLive();
      return all().filter(({ attachment }) => attachment.network === network);
    },
    async write(record) {
      steps.take('write the record', () => void records.set(record.device, structuredClone(record)), refuse);
    },
    async remove(device) {
      if (!records.has(device)) return;
      steps.take('remove the record', () => void records.delete(device), refuse);
    },
    claimOfOthers: async (device) => claims.get(device),
    dropClaim: async (device) => void claims.delete(device),
  };
}
