/** VFs whose driver is for userspace, after ADD: DEL, CHECK, and the next ADD. */
import { describe, expect, test } from 'vitest';
import { add } from '../../../src/attachment/add.ts';
import { check } from '../../../src/attachment/check.ts';
import { del } from '../../../src/attachment/del.ts';
import { kill } from '../../../src/model/accidents.ts';
import { FIRST_VF, newNamespace, POD_A, POD_B, vfAt } from '../../../src/model/machine.ts';
import { type Node, traceOf } from '../../fakes/fake-world.ts';
import { addRequest, type Call, checkRequest, delRequest } from '../../fakes/requests.ts';
import { NEW_MAC, USERSPACE, userspaceAttached, userspaceNode } from './lives.ts';

const MAC: Call = { conf: { mac: NEW_MAC } };

describe('DEL of a VF for userspace leaves nothing behind', () => {
  const ofDeadPod = () => {
    const node = userspaceNode();
    kill(node.machine, POD_A);
    return node;
  };

  test.each([
    ['a MAC was asked for', USERSPACE],
    ['none was', {}],
  ])(
    'from a living sandbox, though its program gave the VF another MAC than before; %s (DEF-3, PAIN-18, PAIN-33)',
    async (_title, call) => {
      const node = await userspaceAttached(call);
      vfAt(node.machine).shownMac = '02:00:00:00:00:bb';
      await del(delRequest(call), node.world);
      expect(traceOf(node)).toEqual(traceOf(userspaceNode()));
    },
  );

  test.each([true, false])('when the sandbox died, without its path: %s', async (isWithoutSandbox) => {
    const node = await userspaceAttached(USERSPACE);
    kill(node.machine, POD_A);
    await del(delRequest({ ...USERSPACE, isWithoutSandbox }), node.world);
    expect(traceOf(node)).toEqual(traceOf(ofDeadPod()));
  });

  test('and writes nothing that is as it was', async () => {
    const call = { conf: { vlan: 100 } };
    const node = await userspaceAttached(call);
    await del(delRequest(call), node.world);
    expect(node.machine.steps.taken()).toEqual([
      'write the record',
      'set VF 0 of enp1s0: VLAN 0',
      'remove the record',
    ]);
  });

  test('when it was bound to its network driver meanwhile', async () => {
    const node = await userspaceAttached(USERSPACE);
    const vf = vfAt(node.machine);
    vf.driver = 'mlx5_core';
    node.machine.home.links.push(vf.link);
    await del(delRequest(USERSPACE), node.world);
    expect(vf).toMatchObject({ shownMac: '00:00:00:00:00:00', vlan: { id: 0, qos: 0 }, spoofchk: 'on' });
    expect([node.records.all(), node.addresses.held.size]).toEqual([[], 0]);
  });

  test('when it lost its driver', async () => {
    const node = await userspaceAttached(USERSPACE);
    vfAt(node.machine).driver = undefined;
    await del(delRequest(USERSPACE), node.world);
    expect(vfAt(node.machine)).toMatchObject({ shownMac: '00:00:00:00:00:00', vlan: { id: 0, qos: 0 } });
    expect(node.records.all()).toEqual([]);
  });
});

describe('another ADD of a VF for userspace', () => {
  const podB: Call = { ...MAC, pod: 'pod-b' };

  test('is refused while the sandbox of the first lives', async () => {
    const node = await userspaceAttached(MAC);
    const before = traceOf(node);
    await expect(add(addRequest(podB), node.world)).rejects.toMatchObject({
      fault: 'device-in-use',
      message: `Cannot attach ${FIRST_VF}: container pod-a has it as net1 (network sriov-network, ${POD_A})`,
    });
    expect(traceOf(node)).toEqual(before);
  });

  test('takes over when a DEL has begun', async () => {
    const node = await userspaceAttached(USERSPACE);
    node.machine.steps.newProcess({ at: 2, is: 'killed' });
    await expect(del(delRequest(USERSPACE), node.world)).rejects.toThrow('killed');
    node.machine.steps.newProcess();
    await add(addRequest(podB), node.world);
    expect(vfAt(node.machine)).toMatchObject({ shownMac: NEW_MAC, vlan: { id: 0 }, spoofchk: 'on' });
  });

  test.each<[string, (node: Node) => void]>([
    ['is gone', ({ machine }) => kill(machine, POD_A)],
    [
      'has come to mean another',
      ({ machine }) => {
        kill(machine, POD_A);
        machine.sandboxes.set(POD_A, newNamespace());
      },
    ],
  ])('takes over when the path of that sandbox %s', async (_title, accident) => {
    const node = await userspaceAttached(USERSPACE);
    accident(node);
    await add(addRequest(podB), node.world);
    expect(vfAt(node.machine)).toMatchObject({ shownMac: NEW_MAC, vlan: { id: 0 }, spoofchk: 'on' });
    expect(node.records.all()).toMatchObject([{ attachment: { containerId: 'pod-b' }, sandbox: POD_B }]);
    expect(node.addresses.held.size).toBe(0);
  });
});

describe('CHECK of a VF for userspace', () => {
  const checked = async (drift: (node: Node) => void) => {
    const node = userspaceNode();
    const result = await add(addRequest(USERSPACE), node.world);
    drift(node);
    return check(checkRequest(USERSPACE, result), node.world);
  };

  test('finds no difference after ADD', async () => {
    await checked(() => {});
  });

  test.each<[string, (node: Node) => void, string]>([
    [
      'another MAC',
      ({ machine }) => void Object.assign(vfAt(machine), { shownMac: '02:00:00:00:00:bb' }),
      `The admin MAC of ${FIRST_VF} is 02:00:00:00:00:bb, wanted ${NEW_MAC}`,
    ],
    [
      'another VLAN',
      ({ machine }) => void Object.assign(vfAt(machine), { vlan: { id: 7, qos: 0 } }),
      `The VLAN of ${FIRST_VF} is 7, wanted 100`,
    ],
    [
      'an address that is not held',
      ({ addresses }) => addresses.held.clear(),
      'The store does not hold 10.20.30.2 for this container',
    ],
    ['no record', ({ records }) => records.lose(), `There is no record of ${FIRST_VF}`],
  ])('tells %s', async (_title, drift, message) => {
    await expect(checked(drift)).rejects.toMatchObject({ fault: 'drift', message });
  });
});
