/** Cards for the checks, healthy if not told otherwise. */

import { PciAddress } from '../../../../schemas/words.ts';
import type { Nic } from '../../../../src/host/nics.ts';
import type { PfNic } from '../../../../src/host/node/pfs.ts';
import type { FoundVf } from '../../../../src/tool/discover/found.ts';

export const address = (text: string) => PciAddress.parse(text);

export const PF: PfNic = {
  address: address('0000:01:00.0'),
  id: '8086:10c9',
  driver: 'igb',
  links: ['pf0'],
  isUp: true,
  hasCarrier: true,
  mtu: 1500,
  vfs: { possible: 7, addresses: [address('0000:01:10.0'), address('0000:01:10.2')] },
  bindsVfs: true,
};

export const SECOND: PfNic = { ...PF, address: address('0000:02:00.0'), links: ['pf1'] };

export const WITHOUT_VFS = { possible: 7, addresses: [] };

export const PLAIN: Nic = {
  address: address('0000:00:03.0'),
  id: '8086:100e',
  driver: 'e1000',
  links: ['eth0'],
};

export const VF: FoundVf = {
  address: '0000:01:10.0',
  pf: PF.address,
  index: 0,
  driver: 'igbvf',
  link: 'vf0',
  settings: { mac: '02:00:00:00:01:00', vlan: { id: 0, qos: 0 } },
};

export const HOLDER = { container: 'c1', interface: 'net1', network: 'net', netns: '/run/netns/pod1' };
