/** Network configurations that the tests attach to. */
import { vfAddress } from './machine.ts';

/** As users have it: the gateway lies outside the subnet. Multus adds `deviceID`. */
export const TUTORIAL = {
  type: 'sriov',
  cniVersion: '0.3.1',
  name: 'sriov-network',
  deviceID: '0000:01:10.0',
  ipam: {
    type: 'host-local',
    subnet: '10.20.30.0/25',
    routes: [{ dst: '0.0.0.0/0' }],
    gateway: '10.20.10.1',
  },
};

type Changes = Readonly<Record<string, unknown>> & { readonly vf?: number; readonly ipam?: object };

/** A network of the newest version, with the VF of that number. */
export function network({ vf = 0, ipam, ...more }: Changes = {}) {
  return {
    type: 'sriov',
    cniVersion: '1.1.0',
    name: 'net',
    deviceID: vfAddress(vf),
    ...(ipam && { ipam: { type: 'host-local', ...ipam } }),
    ...more,
  };
}

export const IPV4 = { subnet: '10.1.2.0/24', gateway: '10.1.2.1' };
export const IPV6 = { subnet: '2001:db8:1::/64', gateway: '2001:db8:1::1' };

/** Everything that can be set on a VF whose PF takes no settings for it. */
export const ALL_SETTINGS = network({
  mtu: 1400,
  ipam: {
    ranges: [[{ ...IPV4, gateway: '10.9.9.1' }], [{ ...IPV6, gateway: '2001:db8:9::1' }]],
    routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }, { dst: '10.77.0.0/16', gw: '10.1.2.250' }],
  },
});
