/** ADD and DEL with everything that a network can ask for, on a PF that takes all settings for its VFs. */
import { stat } from 'node:fs/promises';
import { createMachine, type Machine, vfAddress } from './machine.ts';
import { IPV4, IPV6, network } from './networks.ts';
import { attached, expectSilence } from './outcome.ts';
import { plantPf, vfsOf } from './planted-pf.ts';
import { numbered, type Step, withAltnames } from './steps.ts';

const DEVICE_INFO = '/run/k8s.cni.cncf.io/devinfo/cni/sriov-net-c1_net1';

const EVERYTHING = {
  // Debian's IPAM plugins know versions up to this one.
  cniVersion: '1.0.0',
  vlan: 100,
  vlanQoS: 3,
  vlanProto: '802.1ad',
  spoofchk: 'off',
  trust: 'on',
  link_state: 'enable',
  min_tx_rate: 100,
  max_tx_rate: 200,
  mac: '02:aa:00:00:00:01',
  capabilities: { CNIDeviceInfoFile: true },
  runtimeConfig: { CNIDeviceInfoFile: `/var${DEVICE_INFO}` },
};

const ROUTES = [{ dst: '0.0.0.0/0' }, { dst: '::/0' }, { dst: '10.77.0.0/16', gw: '10.1.2.250' }];

/** As `static` takes them. */
const ADDRESSES = [
  { address: '10.1.2.7/24', gateway: '10.1.2.1' },
  { address: '2001:db8:1::7/64', gateway: '2001:db8:1::1' },
];

const ranges = [[{ ...IPV4, gateway: '10.9.9.1' }], [{ ...IPV6, gateway: '2001:db8:9::1' }]];

/** By what is special about it. */
export const LIVES = {
  'addresses of its own store': network({ ...EVERYTHING, mtu: 1400, ipam: { ranges, routes: ROUTES } }),
  'addresses of an IPAM plugin': network({
    ...EVERYTHING,
    ipam: { type: 'static', addresses: ADDRESSES, routes: ROUTES },
  }),
  'a VF for userspace': network({
    ...EVERYTHING,
    functionLevelReset: true,
    ipam: { type: 'static', addresses: ADDRESSES },
  }),
} as const;

export type Life = keyof typeof LIVES;

export async function prepare(machine: Machine, life: Life): Promise<void> {
  await plantPf(machine, { 0: 'max_tx_rate=0\n', 1: '' });
  await withAltnames(machine);
  if (life !== 'a VF for userspace') return;
  await machine.sh(`cd /sys/bus/pci/devices/${vfAddress(0)}; echo -n 1 >reset; rm -r net
    ln -sfn ../../drivers/vfio-pci driver`);
}

/** All that an attachment may leave behind. */
export async function traceOf(machine: Machine): Promise<object> {
  const hasFile = await stat(machine.path(DEVICE_INFO)).then(Boolean, () => false);
  return { snapshot: await machine.snapshot(), vfs: await vfsOf(machine), hasFile };
}

/** What ADD and DEL ask of `ip` and `tee`, in order. */
export async function stepsOf(
  life: Life,
): Promise<{ readonly add: readonly Step[]; readonly del: readonly Step[] }> {
  const machine = await createMachine();
  const pod = { netconf: LIVES[life] };
  const pass = { act: 'pass', step: 0 } as const;
  try {
    await prepare(machine, life);
    return {
      add: numbered(await machine.interpose(pass, async () => attached(await machine.add(pod)))),
      del: numbered(await machine.interpose(pass, async () => expectSilence(await machine.del(pod)))),
    };
  } finally {
    await machine.stop();
  }
}
