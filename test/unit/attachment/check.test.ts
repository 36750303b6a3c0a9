import { describe, expect, test } from 'vitest';
import type { Result } from '../../../schemas/result.ts';
import { add } from '../../../src/attachment/add.ts';
import { check } from '../../../src/attachment/check.ts';
import { kill, removeVfs } from '../../../src/model/accidents.ts';
import {
  FIRST_VF,
  type ModelLink,
  type ModelVf,
  newNamespace,
  POD_A,
  vfAt,
} from '../../../src/model/machine.ts';
import { createNode, type Node, traceOf } from '../../fakes/fake-world.ts';
import { addRequest, checkRequest } from '../../fakes/requests.ts';
import { CASES, MACHINE_NAMES, MACHINES } from './lives.ts';

const { call } = CASES['every setting'];

async function attached(machine: keyof typeof MACHINES = 'reset'): Promise<{ node: Node; result: Result }> {
  const node = createNode(MACHINES[machine]);
  const result = await add(addRequest(call), node.world);
  node.machine.steps.newProcess();
  return { node, result };
}

test.each(MACHINE_NAMES)(
  'CHECK finds no difference after ADD, and changes nothing, driver %s',
  async (name) => {
    const { node, result } = await attached(name);
    const before = traceOf(node);
    await check(checkRequest(call, result), node.world);
    expect(node.machine.steps.taken()).toEqual([]);
    expect(traceOf(node)).toEqual(before);
  },
);

test('CHECK finds no difference where the caller spells addresses in another way', async () => {
  const { node, result } = await attached();
  const spelled = JSON.parse(JSON.stringify(result).replaceAll('2001:db8::', '2001:0DB8:0:0::'));
  await check(checkRequest(call, spelled), node.world);
});

const link = (changed: Partial<ModelLink>) => (node: Node) =>
  void Object.assign(vfAt(node.machine).link, changed);
const vf = (changed: Partial<ModelVf>) => (node: Node) => void Object.assign(vfAt(node.machine), changed);

const drifts: readonly [string, (node: Node) => void, string][] = [
  ['name', link({ name: 'net7' }), 'The name of the interface is net7, wanted net1'],
  [
    'MAC',
    link({ mac: '02:00:00:00:00:bb' }),
    'The MAC of net1 is 02:00:00:00:00:bb, wanted 02:00:00:00:00:aa',
  ],
  ['MTU', link({ mtu: 1500 }), 'The MTU of net1 is 1500, wanted 1400'],
  ['state', link({ isUp: false }), 'The state of net1 is down, wanted up'],
  [
    'VLAN',
    vf({ vlan: { id: 7, qos: 3 } }),
    `The VLAN of ${FIRST_VF} is 7 with priority 3, wanted 100 with priority 3`,
  ],
  [
    'VLAN priority',
    vf({ vlan: { id: 100, qos: 0 } }),
    `The VLAN of ${FIRST_VF} is 100, wanted 100 with priority 3`,
  ],
  ['spoofchk', vf({ spoofchk: 'on' }), `spoofchk of ${FIRST_VF} is on, wanted off`],
  ['trust', vf({ trust: 'off' }), `trust of ${FIRST_VF} is off, wanted on`],
  [
    'admin MAC',
    vf({ shownMac: '02:00:00:00:00:bb' }),
    `The admin MAC of ${FIRST_VF} is 02:00:00:00:00:bb, wanted 02:00:00:00:00:aa`,
  ],
  ['an address', link({ addresses: ['10.0.0.2/24'] }), 'net1 has no address 2001:db8::2/64'],
  [
    'a route',
    link({ routes: [{ dst: '::/0', gw: '2001:db8::1' }] }),
    'net1 has no route to 0.0.0.0/0 via 10.0.0.1',
  ],
  [
    'the next hop of a route',
    link({
      routes: [
        { dst: '0.0.0.0/0', gw: '10.0.0.1' },
        { dst: '::/0', gw: '2001:db8::7' },
      ],
    }),
    'net1 has no route to ::/0 via 2001:db8::1',
  ],
  [
    'a reservation',
    ({ addresses }) => void addresses.held.delete('/var/lib/cni/networks/sriov-network/10.0.0.2'),
    'The store does not hold 10.0.0.2 for this container',
  ],
];

describe('CHECK names the drift', () => {
  test.each(drifts)('%s', async (_title, drift, message) => {
    const { node, result } = await attached();
    drift(node);
    await expect(check(checkRequest(call, result), node.world)).rejects.toMatchObject({
      fault: 'drift',
      message,
    });
  });

  test('all of it in one error', async () => {
    const { node, result } = await attached();
    const several = drifts.filter(([title]) =>
      ['MAC', 'MTU', 'spoofchk', 'admin MAC', 'an address'].includes(title),
    );
    for (const [, drift] of several) drift(node);
    const message = several.map(([, , sentence]) => sentence).join('; ');
    await expect(check(checkRequest(call, result), node.world)).rejects.toMatchObject({
      fault: 'drift',
      message,
    });
  });
});

describe('CHECK fails when', () => {
  const cases: readonly [string, (node: Node) => void, string, string | RegExp][] = [
    ['there is no record', ({ records }) => records.lose(), 'drift', /There is no record of 0000:01:10.0/],
    [
      'the VF is not in the sandbox',
      ({ machine }) => {
        kill(machine, POD_A);
        machine.sandboxes.set(POD_A, newNamespace());
      },
      'drift',
      /The VF 0000:01:10.0 is not in the sandbox/,
    ],
    ['the sandbox is gone', ({ machine }) => kill(machine, POD_A), 'netns', /pod-a/],
    ['the VF is gone', ({ machine }) => removeVfs(machine), 'device-unfit', /no such device/],
  ];

  test.each(cases)('%s', async (_title, accident, fault, message) => {
    const { node, result } = await attached();
    accident(node);
    await expect(check(checkRequest(call, result), node.world)).rejects.toMatchObject({
      fault,
      message: expect.stringMatching(message),
    });
  });

  test('the VF is recorded for another pod', async () => {
    const { node, result } = await attached();
    await expect(check(checkRequest({ ...call, pod: 'pod-b' }, result), node.world)).rejects.toMatchObject({
      fault: 'drift',
      message: `The VF ${FIRST_VF} is recorded for container pod-a`,
    });
  });

  test('there is no prevResult', async () => {
    const { node } = await attached();
    await expect(check(checkRequest(call, undefined), node.world)).rejects.toMatchObject({
      fault: 'netconf',
      message: expect.stringContaining('prevResult'),
    });
  });

  test('prevResult does not have the interface', async () => {
    const { node, result } = await attached();
    await expect(check(checkRequest(call, { ...result, interfaces: [] }), node.world)).rejects.toMatchObject({
      fault: 'drift',
      message: expect.stringContaining('prevResult has no interface net1'),
    });
  });
});
