import { beforeAll, expect, test } from 'vitest';
import { someOf } from '../figures.ts';
import { type Call, PF, TUTORIAL, useNodeOfItsOwn, VF } from './node.ts';

const node = useNodeOfItsOwn();

const DEVICE = `/sys/bus/pci/devices/${VF}`;

const bind = (driver: string) => `modprobe ${driver}; echo ${driver} >${DEVICE}/driver_override
  echo ${VF} >${DEVICE}/driver/unbind; echo ${VF} >/sys/bus/pci/drivers_probe
  [ "$(readlink ${DEVICE}/driver | sed 's#.*/##')" = ${driver} ]`;

/** The kernel writes a line for every function-level reset, whoever asks for it. */
const WATCH_RESETS = `mount -t tracefs tracefs /sys/kernel/tracing; cd /sys/kernel/tracing
  echo 'p:flr pcie_flr' >kprobe_events; echo 1 >events/kprobes/flr/enable`;

beforeAll(() => node.sh(`${bind('vfio-pci')}; ${WATCH_RESETS}`));

const MAC = '02:aa:00:00:00:01';
const NETCONF = {
  ...TUTORIAL,
  cniVersion: '1.1.0',
  vlan: 100,
  vlanQoS: 3,
  mac: MAC,
  spoofchk: 'off',
  trust: 'on',
};
const SET = { netconf: NETCONF };
const SECOND = { ...SET, containerId: 'pod2', netns: 'pod2' };

test('ADD sets the VF through the PF, answers with addresses, and puts nothing into the pod (F15, F24, PAIN-35)', async () => {
  const before = await node.snapshot();
  expect(await node.add(SET)).toEqual({
    cniVersion: '1.1.0',
    interfaces: [{ name: 'net1', mac: MAC, mtu: 1500, sandbox: '/run/netns/pod1', pciID: VF }],
    ips: [{ interface: 0, address: '10.20.30.1/25', gateway: '10.20.10.1' }],
    routes: [{ dst: '0.0.0.0/0', gw: '10.20.10.1' }],
  });
  expect(await node.shown(0)).toMatchObject({
    address: MAC,
    vlan_list: [{ vlan: 100, qos: 3 }],
    spoofchk: false,
    trust: true,
  });
  expect(await node.sh('ip -n pod1 -o link; ip -n pod1 route')).toMatch(/^1: lo: [^\n]*$/);
  await node.del(SET);
  expect(await node.snapshot()).toEqual(before);
});

test('the MAC of the answer is the admin MAC if none is asked for (PAIN-34)', async () => {
  await node.sh(`ip link set ${await node.linkName(PF)} vf 0 mac 02:bb:00:00:00:09`);
  const before = await node.snapshot();
  const { interfaces } = await node.add();
  expect(interfaces).toMatchObject([{ name: 'net1', mac: '02:bb:00:00:00:09' }]);
  await node.del();
  expect(await node.snapshot()).toEqual(before);
  await node.sh(`ip link set ${await node.linkName(PF)} vf 0 mac 00:00:00:00:00:00`);
});

const DEATH = 'ip netns del pod1';
const DELS = {
  'while the pod lives': { netns: 'pod1', death: 'true' },
  'without CNI_NETNS, while the pod lives': { netns: '', death: 'true' },
  'when the namespace is dead': { netns: 'pod1', death: DEATH },
  'without CNI_NETNS, when the namespace is dead': { netns: '', death: DEATH },
};

for (const [when, { netns, death }] of someOf('DEL', Object.entries(DELS), { fast: 1 })) {
  test(`DEL ${when} puts everything back at the first try, and a second one does nothing (DEF-3, PAIN-33)`, async () => {
    const before = await node.snapshot();
    await node.add(SET);
    await node.sh(death);
    for (let count = 0; count < 2; count++) {
      await node.del({ ...SET, netns });
      expect(await node.snapshot()).toEqual(before);
    }
  });
}

test('CHECK is silent right after ADD, and finds a VLAN that somebody changed', async () => {
  const prevResult = await node.add(SET);
  const call = { netconf: { ...NETCONF, prevResult } };
  expect(await node.cni('CHECK', call)).toMatchObject({ code: 0, json: undefined });
  await node.sh(`ip link set ${await node.linkName(PF)} vf 0 vlan 101`);
  const { json } = await node.cni('CHECK', call);
  expect(json).toMatchObject({ code: 103, details: expect.stringContaining('VLAN') });
  await node.del(SET);
});

test('a second pod is told who has the VF as long as the first lives, and gets it afterwards', async () => {
  const before = await node.snapshot();
  await node.addPod('pod2');
  await node.add(SET);
  const attached = await node.snapshot();
  const { json } = await node.cni('ADD', SECOND);
  expect(json).toMatchObject({
    code: 100,
    details: expect.stringContaining('container pod1 has it as net1'),
  });
  expect(await node.snapshot()).toEqual(attached);
  await node.sh(DEATH);
  expect((await node.add({ ...SECOND, netconf: TUTORIAL })).ips[0].address).toBe('10.20.30.2/25');
  expect(await node.sh('ls /var/lib/cni/networks/sriov-network | grep ^10')).toBe('10.20.30.2');
  expect(await node.shown(0)).toMatchObject({ vlan_list: [{}], spoofchk: true, trust: false });
  await node.del(SET);
  expect(await node.sh('ls /var/lib/cni/networks/sriov-network | grep ^10')).toBe('10.20.30.2');
  await node.del(SECOND);
  expect(await node.snapshot()).toEqual(before);
});

const resets = async () =>
  Number(await node.sh('grep -c "flr: (pcie_flr" /sys/kernel/tracing/trace || true'));

async function resetsDuring(command: 'ADD' | 'DEL', call: Call): Promise<number> {
  const count = await resets();
  const { code, log } = await node.cni(command, call);
  expect(code, log).toBe(0);
  return (await resets()) - count;
}

for (const [what, extra, count] of [
  ['does not reset the VF', {}, 0],
  ['with functionLevelReset resets the VF once', { functionLevelReset: true }, 1],
] as const) {
  test(`each of ADD and DEL ${what}, and the VF is as before (F39, PAIN-6)`, async () => {
    const before = await node.snapshot();
    const call = { netconf: { ...NETCONF, ...extra } };
    expect(await resetsDuring('ADD', call)).toBe(count);
    expect(await node.shown(0)).toMatchObject({ address: MAC, vlan_list: [{ vlan: 100, qos: 3 }] });
    expect(await resetsDuring('DEL', call)).toBe(count);
    expect(await node.snapshot()).toEqual(before);
  });
}

test('uio_pci_generic is a driver for userspace, too', async () => {
  await node.sh(bind('uio_pci_generic'));
  const before = await node.snapshot();
  expect((await node.add(SET)).interfaces).toMatchObject([{ name: 'net1', mac: MAC, pciID: VF }]);
  await node.del(SET);
  expect(await node.snapshot()).toEqual(before);
});
