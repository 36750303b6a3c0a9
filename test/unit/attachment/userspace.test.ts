/** VFs whose driver is for userspace: they have no link, and what can be set goes through the PF. */
import { describe, expect, test } from 'vitest';
import { add } from '../../../src/attachment/add.ts';
import { del } from '../../../src/attachment/del.ts';
import { FIRST_VF, POD_A, sandboxAt, vfAt } from '../../../src/model/machine.ts';
import { createNode, type Node, traceOf } from '../../fakes/fake-world.ts';
import { addRequest, type Call, delRequest } from '../../fakes/requests.ts';
import { NEW_MAC, USERSPACE, userspaceAttached, userspaceNode } from './lives.ts';

const MAC: Call = { conf: { mac: NEW_MAC } };
const RESET: Call = { conf: { functionLevelReset: true } };

test.each(['vfio-pci', 'uio_pci_generic', 'igb_uio'])(
  'ADD sets a VF of %s up through its PF, and moves nothing (F15, F24, PAIN-35)',
  async (driver) => {
    const { machine, addresses, world } = userspaceNode(driver);
    const links = structuredClone(sandboxAt(machine).links);
    expect(await add(addRequest(USERSPACE), world)).toEqual({
      interfaces: [{ name: 'net1', mac: NEW_MAC, mtu: 9000, sandbox: POD_A, pciID: FIRST_VF }],
      ips: [{ interface: 0, address: '10.20.30.2/25', gateway: '10.20.10.1' }],
      routes: [{ dst: '0.0.0.0/0', gw: '10.20.10.1' }],
    });
    expect(vfAt(machine)).toMatchObject({ shownMac: NEW_MAC, vlan: { id: 100, qos: 0 }, spoofchk: 'off' });
    expect(sandboxAt(machine).links).toEqual(links);
    expect(addresses.held.size).toBe(1);
  },
);

test('ADD tells the MAC that the PF shows, if none is wanted, and none if it shows none (PAIN-34)', async () => {
  const tellingMac = async (shownMac: string) => {
    const { machine, world } = userspaceNode();
    vfAt(machine).shownMac = shownMac;
    return (await add(addRequest(), world)).interfaces[0]?.mac;
  };
  expect(await tellingMac('02:00:00:00:00:77')).toBe('02:00:00:00:00:77');
  expect(await tellingMac('00:00:00:00:00:00')).toBeUndefined();
});

test('ADD does not write the MAC that the PF shows already', async () => {
  const { machine, world } = userspaceNode();
  vfAt(machine).shownMac = NEW_MAC;
  await add(addRequest(MAC), world);
  expect(machine.steps.taken().filter((step) => step.includes('MAC'))).toEqual([]);
});

test('ADD leaves the MTU to the program that has the VF, and says so', async () => {
  const { logged, world } = userspaceNode();
  await add(addRequest({ conf: { mtu: 1400 } }), world);
  expect(logged.join('\n')).toMatch(
    /^warning: mtu 1400 is for the program that has .* vfio-pci is for userspace$/m,
  );
});

test('ADD goes without a PF in sight if nothing is to be set', async () => {
  const { machine, world } = userspaceNode();
  machine.pf.isThere = false;
  const request = addRequest({ conf: { allowNoPF: true } });
  expect((await add(request, world)).interfaces).toMatchObject([{ name: 'net1', pciID: FIRST_VF }]);
});

test.each<[string, Call, (node: Node) => void, string, RegExp]>([
  [
    'a reset of what cannot be reset',
    RESET,
    ({ machine }) => {
      vfAt(machine).canReset = false;
    },
    'device-unfit',
    /it cannot be reset \(functionLevelReset\)/,
  ],
  [
    'settings where the PF has no link here',
    MAC,
    ({ machine }) => {
      machine.pf.name = undefined;
    },
    'device-unfit',
    /^Cannot set mac of 0000:01:10.0: its PF .* has no network interface here/,
  ],
])('ADD refuses %s before any change', async (_title, call, prepare, fault, message) => {
  const node = userspaceNode();
  prepare(node);
  const before = traceOf(node);
  await expect(add(addRequest(call), node.world)).rejects.toMatchObject({
    fault,
    message: expect.stringMatching(message),
  });
  expect(node.machine.steps.taken()).toEqual([]);
  expect(traceOf(node)).toEqual(before);
});

test('ADD puts everything back when the PF does not show the MAC that it was given', async () => {
  const node = userspaceNode();
  const vf = vfAt(node.machine);
  Object.assign(vf, { model: { ...vf.model, writeAdminMac: () => {} } });
  const before = traceOf(node);
  await expect(add(addRequest(USERSPACE), node.world)).rejects.toMatchObject({
    fault: 'kernel-refused',
    message: `The PF enp1s0 does not show the MAC ${NEW_MAC} of ${FIRST_VF}`,
  });
  expect(traceOf(node)).toEqual(before);
});

describe('a reset', () => {
  const isDirtyAfter = async (node: Node, action: Promise<unknown>) => {
    await action;
    return vfAt(node.machine).isDirty;
  };

  test('takes away what an earlier program left, and what that of the pod leaves', async () => {
    const node = userspaceNode();
    vfAt(node.machine).isDirty = true;
    expect(await isDirtyAfter(node, add(addRequest(RESET), node.world))).toBe(false);
    vfAt(node.machine).isDirty = true;
    expect(await isDirtyAfter(node, del(delRequest(RESET), node.world))).toBe(false);
  });

  test('is made only where it is asked for', async () => {
    const node = await userspaceAttached(MAC);
    vfAt(node.machine).isDirty = true;
    expect(await isDirtyAfter(node, del(delRequest(RESET), node.world))).toBe(true);
  });

  test('is not made of a VF that has a link', async () => {
    const node = createNode();
    vfAt(node.machine).isDirty = true;
    await add(addRequest(RESET), node.world);
    expect(await isDirtyAfter(node, del(delRequest(RESET), node.world))).toBe(true);
  });
});
