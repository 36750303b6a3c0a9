/** Addresses that dead attachments hold are taken back when an ADD needs them: Multus passes on no GC. */
import { describe, expect, test } from 'vitest';
import { add } from '../../../src/attachment/add.ts';
import { kill } from '../../../src/model/accidents.ts';
import { POD_A, SECOND_VF, vfAt } from '../../../src/model/machine.ts';
import { createNode, type Node } from '../../fakes/fake-world.ts';
import { addRequest, type Call, type Keys } from '../../fakes/requests.ts';

/** One address alone. */
const IPAM = { type: 'host-local', subnet: '10.0.0.0/24', rangeEnd: '10.0.0.2' };

const ofB = (conf: Keys = {}): Call => ({ pod: 'pod-b', conf: { deviceID: SECOND_VF, ipam: IPAM, ...conf } });

async function nodeWithPodA(conf: Keys = {}): Promise<Node> {
  const node = createNode();
  await add(addRequest({ conf: { ipam: IPAM, vlan: 5, ...conf } }), node.world);
  node.machine.steps.newProcess();
  return node;
}

const accidents: readonly [string, (node: Node) => void][] = [
  ['its sandbox is gone', ({ machine }) => kill(machine, POD_A)],
  [
    'it is of an earlier boot',
    ({ machine }) => {
      machine.bootId = 'boot-2';
    },
  ],
];

describe.each(accidents)('ADD ends an attachment that holds the address: %s', (_title, accident) => {
  test.each([
    ['the next that is free', {}],
    ['the one that was requested', { args: { cni: { ips: ['10.0.0.2'] } } }],
  ])('and gets %s', async (_kind, conf) => {
    const node = await nodeWithPodA();
    accident(node);
    const { ips } = await add(addRequest(ofB(conf)), node.world);
    expect(ips).toMatchObject([{ address: '10.0.0.2/24' }]);
    expect(node.records.all()).toMatchObject([{ attachment: { containerId: 'pod-b' } }]);
    expect(node.logged.join()).toContain('Ending the attachment of 0000:01:10.0 to pod-a');
  });
});

test('ADD restores the VF of a dead attachment that it ends (F41, I8, PAIN-52)', async () => {
  const node = await nodeWithPodA();
  kill(node.machine, POD_A, { afterMs: 50 });
  await add(addRequest(ofB()), node.world);
  expect(vfAt(node.machine)).toMatchObject({ vlan: { id: 0 }, link: { name: 'enp1s0v0' } });
});

describe('ADD ends no attachment', () => {
  const refused = async (node: Node, call: Call) => {
    const before = node.records.all();
    await expect(add(addRequest(call), node.world)).rejects.toMatchObject({ fault: 'no-free-address' });
    expect(node.records.all()).toEqual(before);
    expect(node.machine.steps.taken().filter((step) => /release|move/.test(step))).toEqual([]);
  };

  test('whose pod lives', async () => {
    await refused(await nodeWithPodA(), ofB());
  });

  test('of another network', async () => {
    const node = await nodeWithPodA({ name: 'other' });
    kill(node.machine, POD_A);
    node.addresses.held.set('/var/lib/cni/networks/sriov-network/10.0.0.2', {
      containerId: 'x',
      ifName: 'net1',
    });
    await refused(node, ofB());
  });

  test('while addresses are left', async () => {
    const node = await nodeWithPodA();
    kill(node.machine, POD_A);
    await add(addRequest(ofB({ ipam: { ...IPAM, rangeEnd: '10.0.0.9' } })), node.world);
    expect(node.records.all()).toHaveLength(2);
  });
});

test('ADD answers with the shortage when a dead attachment cannot be ended, which then keeps record and address', async () => {
  const node = await nodeWithPodA();
  kill(node.machine, POD_A);
  node.machine.steps.refuseEvery(/VLAN 0/);
  await expect(add(addRequest(ofB()), node.world)).rejects.toMatchObject({ fault: 'no-free-address' });
  expect([node.records.all().length, node.addresses.held.size]).toEqual([1, 1]);
  expect(node.logged.join()).toContain('It stays: Cannot set VF 0 of enp1s0: VLAN 0');
});
