/** Our records and, while a node changes over, those that sriov-cni left, as one. */
import type { AttachmentRecord } from '../../schemas/record.ts';
import type { Records } from '../attachment/ports.ts';
import type { ForeignRecords } from './sriov-cni-records.ts';

export type OwnRecords = Omit<Records, 'claimOfOthers' | 'dropClaim'> & EveryRecord;

/** For a person who looks: nothing is set aside. */
export type EveryRecord = { every(): Promise<AttachmentRecord[]> };

export function allRecords(own: OwnRecords, foreign: ForeignRecords): Records & EveryRecord {
  return {
    ofDevice: async (device) => (await own.ofDevice(device)) ?? foreign.ofDevice(device),
    ofAttachment: async (sought) => [...(await own.ofAttachment(sought)), ...foreign.ofAttachment(sought)],
    ofNetwork: async (network) => [...(await own.ofNetwork(network)), ...foreign.ofNetwork(network)],
    every: async () => [...(await own.every()), ...foreign.every()],
    write: (record) => own.write(record),
    remove: async (device) => {
      await own.remove(device);
      if (foreign.ofDevice(device)) foreign.remove(device);
    },
    claimOfOthers: async (device) => foreign.holderOf(device),
    dropClaim: async (device) => foreign.remove(device),
  };
}
