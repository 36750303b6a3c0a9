import { expect, test } from 'vitest';
import { someOf } from '../figures.ts';
import { type Call, type Json, SECOND_VF, TUTORIAL, useNode, VF } from './node.ts';

const node = useNode();

type Refusal = {
  readonly prepare?: string;
  readonly call?: Call;
  readonly answer: Json;
  readonly repair?: string;
};

const vf = (device: string) => `$(ls /sys/bus/pci/devices/${device}/net)`;
const deviceID = (device: string) => ({ netconf: { ...TUTORIAL, deviceID: device } });

const REFUSALS: Record<string, Refusal> = {
  'no such VF': {
    call: deviceID('0000:01:1f.6'),
    answer: { code: 106, details: expect.stringContaining('no such device') },
  },
  'a device that is neither PF nor VF': {
    call: deviceID('0000:00:00.0'),
    answer: { code: 106, details: expect.stringContaining('not a virtual function') },
  },
  'a VF without driver': {
    prepare: `echo ${SECOND_VF} >/sys/bus/pci/drivers/igbvf/unbind`,
    call: deviceID(SECOND_VF),
    answer: { code: 106, details: expect.stringContaining('no driver is bound') },
    repair: `echo ${SECOND_VF} >/sys/bus/pci/drivers/igbvf/bind; sleep 0.5`,
  },
  'a VF that another program put into a namespace': {
    prepare: `ip netns add elsewhere; name=${vf(SECOND_VF)}; ip link set $name netns elsewhere`,
    call: deviceID(SECOND_VF),
    answer: {
      code: 100,
      details: expect.stringContaining('another program moved it'.replace('another', 'Another')),
    },
    repair: 'ip netns del elsewhere; sleep 0.5',
  },
  'a VF that belongs to a bond': {
    prepare: `modprobe bonding max_bonds=0; ip link add bond7 type bond; ip link set ${vf(SECOND_VF)} master bond7`,
    call: deviceID(SECOND_VF),
    answer: { code: 100, details: expect.stringContaining('belongs to bond7') },
    repair: 'ip link del bond7',
  },
  'an interface name that the pod has': {
    prepare: 'ip -n pod1 link add net1 type dummy',
    answer: { code: 107, details: 'The sandbox /run/netns/pod1 has an interface net1 already' },
  },
  'an interface name that the pod has as altname': {
    prepare: 'ip -n pod1 link add eth0 type dummy; ip -n pod1 link property add dev eth0 altname net1',
    answer: { code: 107 },
  },
  'a namespace that is missing': { call: { netns: 'never-was' }, answer: { code: 8 } },
  'a path that is no namespace': { call: { netns: '/etc/hostname' }, answer: { code: 8 } },
  "the plugin's own namespace": {
    call: { netns: '/proc/1/ns/net' },
    answer: { code: 8, details: expect.stringContaining('of the plugin itself') },
  },
  'a result that version 0.2.0 cannot express': {
    call: { netconf: { type: 'sriov', cniVersion: '0.2.0', name: 'l2', deviceID: VF } },
    answer: { code: 1 },
  },
};

const CHOSEN = someOf('refusals', Object.entries(REFUSALS), { fast: 6 });

for (const [what, { prepare = 'true', call = {}, answer, repair = 'true' }] of CHOSEN) {
  test(`ADD refuses ${what} before any change`, async () => {
    await node.sh(prepare);
    const before = await node.snapshot();
    const { code, json } = await node.cni('ADD', call);
    expect(code).toBe(1);
    expect(json).toMatchObject(answer);
    expect(await node.snapshot()).toEqual(before);
    await node.sh(repair);
  });
}

test('ADD refuses a VF that another living pod has, and names the holder', async () => {
  await node.addPod('pod2');
  await node.add();
  const attached = await node.snapshot();
  const { json } = await node.cni('ADD', { containerId: 'pod2', netns: 'pod2' });
  expect(json).toMatchObject({
    code: 100,
    details: expect.stringContaining('container pod1 has it as net1'),
  });
  expect(await node.snapshot()).toEqual(attached);
  await node.del();
});
