/** Our records and, while a node changes over, those that sriov-cni left, as one. */
import type { Records } from '../attachment/ports.ts';
import type { ForeignRecords } from './sriov-cni-records.ts';

export type OwnRecords = Omit<Records, 'claimOfOthers'>;

export function allRecords(own: OwnRecords, foreign: ForeignRecords): Records {
  return {
    ofDevice: async (device) => (await own.ofDevice(device)) ?? foreign.ofDevice(device),
    ofAttachment: async (sought) => [...(await own.ofAttachment(sought)), ...foreign.ofAttachment(sought)],
    ofNetwork: async (network) => [...(await own.ofNetwork(network)), ...foreign.ofNetwork(network)],
    write: (record) => own.write(record),
    remove: async (device) => {
      await own.remove(device);
      const record = foreign.ofDevice(device);
      if (record) foreign.remove(record);
    },
    claimOfOthers: async (device) => foreign.holderOf(device),
  };
}
