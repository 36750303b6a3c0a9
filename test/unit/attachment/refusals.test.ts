import { expect, test } from 'vitest';
import { add } from '../../../src/attachment/add.ts';
import { FIRST_VF, newLink, POD_A, POD_B, SECOND_VF, sandboxAt, vfAt } from '../../../src/model/machine.ts';
import { createNode, type Node, traceOf } from '../../fakes/fake-world.ts';
import { addRequest, type Call, TUTORIAL_IPAM } from '../../fakes/requests.ts';

type Refused = {
  readonly title: string;
  readonly call?: Call;
  readonly prepare?: (node: Node) => void;
  readonly fault: string;
  readonly message: string | RegExp;
};

const refused: readonly Refused[] = [
  {
    title: 'a device that is not there',
    call: { conf: { deviceID: '0000:ff:1f.7' } },
    fault: 'device-unfit',
    message: /0000:ff:1f.7: there is no such device on this node/,
  },
  {
    title: 'a PF',
    call: { conf: { deviceID: '0000:01:00.0' } },
    fault: 'device-unfit',
    message: /0000:01:00.0: it is a PF \(with 2 VFs\)/,
  },
  {
    title: 'a device that is no virtual function',
    call: { conf: { deviceID: '0000:00:1f.2' } },
    fault: 'device-unfit',
    message: /it is not a virtual function/,
  },
  {
    title: 'a VF without driver',
    prepare: ({ machine }) => {
      vfAt(machine).driver = undefined;
      machine.home.links.pop();
      machine.home.links.splice(1, 1);
    },
    fault: 'device-unfit',
    message: /no driver is bound to it/,
  },
  {
    title: 'a VF whose link is somewhere else, and nobody knows why',
    prepare: ({ machine }) => void machine.home.links.splice(1, 1),
    fault: 'device-in-use',
    message: /its link is not in the host's network namespace, and no record says whose it is/,
  },
  {
    title: 'a VF whose link belongs to a bond',
    prepare: ({ machine }) => {
      vfAt(machine).link.master = 'bond0';
    },
    fault: 'device-in-use',
    message: /its link enp1s0v0 belongs to bond0/,
  },
  {
    title: 'a VF for InfiniBand (PAIN-22)',
    prepare: ({ machine }) => {
      vfAt(machine).link.linkType = 'infiniband';
    },
    fault: 'device-unfit',
    message: /its link enp1s0v0 is InfiniBand, not Ethernet. Use the plugin ib-sriov/,
  },
  {
    title: 'a VF whose PF is in switchdev mode, and tells who can do it',
    prepare: ({ machine }) => {
      machine.pf.isSwitchdev = true;
    },
    fault: 'device-unfit',
    message: /its PF enp1s0 is in switchdev mode.*Use ovs-cni or accelerated-bridge-cni/,
  },
  {
    title: 'a VF that is neither Ethernet nor InfiniBand',
    prepare: ({ machine }) => {
      vfAt(machine).link.linkType = 'none';
    },
    fault: 'device-unfit',
    message: /its link is none, not Ethernet/,
  },
  {
    title: 'a VF that sriov-cni gave to a pod that lives',
    prepare: ({ records }) => void records.claims.set(FIRST_VF, POD_B),
    fault: 'device-in-use',
    message: 'Cannot attach 0000:01:10.0: sriov-cni has given it to /run/netns/pod-b',
  },
  {
    title: 'an IPAM plugin that is not there',
    call: { conf: { ipam: { type: 'whereabouts' } } },
    fault: 'netconf',
    message: 'ipam.type: there is no plugin whereabouts',
  },
  {
    title: 'an MTU above that of the PF',
    call: { conf: { mtu: 9216 } },
    fault: 'netconf',
    message: 'mtu: cannot be 9216, the PF enp1s0 has 9000',
  },
  {
    title: 'settings of a VF whose PF has no interface here',
    call: { conf: { vlan: 5, mac: '02:00:00:00:00:aa' } },
    prepare: ({ machine }) => {
      machine.pf.name = undefined;
    },
    fault: 'device-unfit',
    message: /Cannot set vlan, mac of 0000:01:10.0: its PF 0000:01:00.0 has no network interface here/,
  },
  {
    title: 'an interface name that the sandbox has',
    call: { ifName: 'eth0' },
    fault: 'name-taken',
    message: 'The sandbox /run/netns/pod-a has an interface eth0 already',
  },
  {
    title: 'an interface name that is an altname in the sandbox',
    prepare: ({ machine }) => void sandboxAt(machine).links.push(newLink({ name: 'x', altnames: ['net1'] })),
    fault: 'name-taken',
    message: 'The sandbox /run/netns/pod-a has an interface net1 already',
  },
  {
    title: 'a sandbox that is not there',
    prepare: ({ machine }) => void machine.sandboxes.clear(),
    fault: 'netns',
    message: /pod-a/,
  },
  {
    title: 'a sandbox that is the namespace of the plugin',
    prepare: ({ machine }) => void machine.sandboxes.set(POD_A, machine.home),
    fault: 'netns',
    message: /pod-a/,
  },
  {
    title: 'a range that is wrong',
    call: { conf: { ipam: { ...TUTORIAL_IPAM, subnet: '10.0.0.0/33' } } },
    fault: 'netconf',
    message: /10.0.0.0\/33/,
  },
];

test.each(refused)('ADD refuses $title before any change', async ({ call, prepare, fault, message }) => {
  const node = createNode();
  prepare?.(node);
  const before = traceOf(node);
  await expect(addOf(node, call)).rejects.toMatchObject({ fault, message: expect.stringMatching(message) });
  expect(node.machine.steps.taken()).toEqual([]);
  expect(traceOf(node)).toEqual(before);
});

const addOf = async (node: Node, call: Call | undefined) => add(addRequest(call), node.world);

test('ADD moves a VF whose PF has no interface here if nothing is to be set through the PF', async () => {
  const { machine, world } = createNode();
  machine.pf.name = undefined;
  await add(addRequest({ conf: { mtu: 1400 } }), world);
  expect(vfAt(machine).link).toMatchObject({ name: 'net1', mtu: 1400 });
});

test('ADD takes a VF that sriov-cni gave to a pod that is gone', async () => {
  const { machine, records, world } = createNode();
  records.claims.set(FIRST_VF, '/run/netns/gone');
  await add(addRequest(), world);
  expect(vfAt(machine).link.name).toBe('net1');
});

type Warned = readonly [string, Call, (node: Node) => void, string[]];
const warned: readonly Warned[] = [
  ['nothing if nothing is odd', { conf: { mac: '02:00:00:00:00:aa' } }, () => {}, []],
  [
    'of a PF that is down',
    {},
    ({ machine }) => {
      machine.pf.isDown = true;
    },
    ['warning: The PF enp1s0 of 0000:01:10.0 is down: the VF may have no carrier'],
  ],
  [
    'of another VF that has the wanted MAC (PAIN-5)',
    { conf: { mac: '02:00:00:00:01:01' } },
    () => {},
    ['warning: VF 1 of enp1s0 has the MAC 02:00:00:00:01:01, too'],
  ],
  [
    'of another VF that has the MAC which the VF keeps',
    { conf: { vlan: 5 } },
    ({ machine }) => {
      vfAt(machine, SECOND_VF).shownMac = '02:00:00:00:01:00';
    },
    ['warning: VF 1 of enp1s0 has the MAC 02:00:00:00:01:00, too'],
  ],
];

test.each(warned)('ADD warns %s', async (_title, call, prepare, expected) => {
  const node = createNode();
  prepare(node);
  await addOf(node, call);
  expect(node.logged.filter((line) => line.startsWith('warning'))).toEqual(expected);
});
