import { type AttachmentRecord, RECORD_FORMAT } from '../../../schemas/record.ts';
import { ContainerId, IfName, NetworkName, PciAddress } from '../../../schemas/words.ts';
import { PLAIN_LINK } from '../../../src/model/plain-link.ts';

export function recordOf(device: string, containerId = 'pod-a', network = 'net'): AttachmentRecord {
  return {
    format: RECORD_FORMAT,
    attachment: {
      network: NetworkName.parse(network),
      containerId: ContainerId.parse(containerId),
      ifName: IfName.parse('net1'),
    },
    device: PciAddress.parse(device),
    sandbox: '/run/netns/pod-a',
    bootId: 'boot-1',
    isUnfinished: true,
    addresses: { dataDir: '/var/lib/cni/networks', held: ['10.0.0.2'] },
    before: {
      link: {
        name: IfName.parse('enp1s0v0'),
        mac: '02:00:00:00:01:00',
        ...PLAIN_LINK,
        hasParentDevice: true,
        alias: 'with "quotes" and \u{1f600}',
        altnames: ['a'],
      },
      settings: { vlan: { id: 0, qos: 0 }, trust: 'off' },
      adminMac: { shown: '00:00:00:00:00:00', isPinned: false },
    },
  };
}
