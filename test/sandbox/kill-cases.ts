/** Attachments between them with every kind of effect that an ADD can have. Each address is the only one of its range. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { type Call, type Machine, vfAddress } from './machine.ts';
import { ALL_SETTINGS, network } from './networks.ts';
import { plantPlugin } from './plant-plugin.ts';
import { withAltnames } from './steps.ts';

export type KillCase = {
  readonly name: string;
  readonly pod: Pick<Call, 'args'> & { readonly netconf: object };
  readonly prepare?: (machine: Machine) => Promise<void>;
  /** A script for the machine before every life of an attachment. */
  readonly beforeEach?: string;
};

const only = (subnet: string, address: string) => ({ subnet, rangeStart: address, rangeEnd: address });
const IPV4 = only('10.1.2.0/24', '10.1.2.2');
const IPV6 = only('2001:db8:1::/64', '2001:db8:1::2');

const SHIM = new URL('shim.sh', import.meta.url);
const PF_SHIM = new URL('pf.sh', import.meta.url);

/** Keeps who holds an address where the snapshot sees it. */
const POOL = `#!/bin/bash
pool=/var/lib/cni/pool
mkdir -p $pool
conf=$(cat)
case $CNI_COMMAND in
  ADD)
    (set -C; echo "$CNI_CONTAINERID" >$pool/10.5.0.2) 2>/dev/null || { echo '{"code":100,"msg":"none free"}'; exit 1; }
    echo '{"cniVersion":"1.1.0","ips":[{"address":"10.5.0.2/24"}]}' ;;
  DEL) [[ $(cat $pool/10.5.0.2 2>/dev/null) != "$CNI_CONTAINERID" ]] || rm $pool/10.5.0.2 ;;
  GC) grep -q "\\"containerID\\":\\"$(cat $pool/10.5.0.2 2>/dev/null)\\"" <<<"$conf" || rm -f $pool/10.5.0.2 ;;
esac`;

/** The plugin's changes go through the shim, which tells whether it has the lock. */
async function withPool(machine: Machine): Promise<void> {
  await plantPlugin(machine, 'pool', await readFile(SHIM, 'utf8'));
  await writeFile(machine.path('/run/real/pool'), POOL, { mode: 0o755 });
  await writeFile(machine.path('/run/shim/plan'), 'pass 0\n');
}

/** A PF that takes settings for its VFs; /run/real/ip is what the shim starts. */
async function withPf(machine: Machine): Promise<void> {
  const script = await readFile(PF_SHIM, 'utf8');
  await machine.sh('mv /run/real/ip /run/real/kernel-ip');
  const ip = machine.path('/run/real/ip');
  await writeFile(ip, script.replace('real=/run/real/ip', 'real=/run/real/kernel-ip'), { mode: 0o755 });
  await mkdir(machine.path('/run/pf'));
  for (const vf of [0, 1]) await writeFile(machine.path(`/run/pf/${vf}`), 'vlan=0\nqos=0\n');
  await machine.sh('mount --bind /run/real/ip "$(readlink -f /usr/sbin/ip)"');
}

async function withUserspaceDriver(machine: Machine): Promise<void> {
  await withPf(machine);
  const device = `/sys/bus/pci/devices/${vfAddress(0)}`;
  await machine.sh(`ln -sfn ../../drivers/vfio-pci ${device}/driver; rmdir ${device}/net/vf0 ${device}/net
    ln -s /dev/null ${device}/reset`);
}

const DEVICE_INFO = '/var/run/k8s.cni.cncf.io/devinfo/cni/net-c1_net1';
const PF_SETTINGS = { vlan: 100, vlanQoS: 3, spoofchk: 'off', trust: 'on', link_state: 'enable' };

export const KILL_CASES: readonly KillCase[] = [
  {
    name: 'all settings of a link, IPv4 and IPv6',
    pod: { netconf: { ...ALL_SETTINGS, ipam: { ...ALL_SETTINGS.ipam, ranges: [[IPV4], [IPV6]] } } },
    prepare: withAltnames,
    // The kernel lists them as they were added, and ADD removes them in that order.
    beforeEach: `for altname in net1 enp1s16 taken; do
      ip link property del dev vf0 altname $altname; ip link property add dev vf0 altname $altname; done`,
  },
  {
    name: 'settings through the PF, and a MAC',
    pod: { netconf: network({ ...PF_SETTINGS, mac: '02:00:00:00:aa:01', ipam: IPV4 }) },
    prepare: withPf,
  },
  {
    name: 'addresses from another plugin',
    pod: { netconf: { ...network(), ipam: { type: 'pool' } } },
    prepare: withPool,
  },
  {
    name: 'a VF for userspace, with a file that tells of it',
    pod: {
      netconf: network({
        ...PF_SETTINGS,
        functionLevelReset: true,
        ipam: IPV4,
        capabilities: { CNIDeviceInfoFile: true },
        runtimeConfig: { CNIDeviceInfoFile: DEVICE_INFO },
      }),
    },
    prepare: withUserspaceDriver,
  },
  {
    name: 'requested addresses on a new node, a log that is rotated, and the lock of sriov-cni',
    pod: {
      netconf: network({ ipam: { ranges: [[IPV4], [IPV6]] }, logFile: '/run/log/sriov.log' }),
      args: 'IP=10.1.2.2,2001:db8:1::2',
    },
    beforeEach: `rm -rf /run/log /var/lib/cni/*
      mkdir -p /run/log /var/lib/cni/sriov/pci/vf_lock
      for age in '' .1 .2; do echo "time=0 cniName=sriov msg=planted$age" >/run/log/sriov.log$age; done
      truncate -s 101M /run/log/sriov.log`,
  },
];
