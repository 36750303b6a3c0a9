/** Neighbours learn who has the addresses, and whether somebody else has. */
import { describe, expect, test } from 'vitest';
import { add } from '../../../src/attachment/add.ts';
import type { ObservedNetwork } from '../../../src/attachment/observed.ts';
import type { Host, World } from '../../../src/attachment/ports.ts';
import { sandboxAt, vfAt } from '../../../src/model/machine.ts';
import { createNode, type Node, traceOf } from '../../fakes/fake-world.ts';
import { addRequest, type Call } from '../../fakes/requests.ts';
import { DUAL_STACK, NEW_MAC, untouchedNode } from './lives.ts';

const call: Call = { conf: { ipam: DUAL_STACK } };

async function addedTo(node: Node, asked: Call = call): Promise<Node> {
  await add(addRequest(asked), node.world);
  return node;
}

describe('ADD announces the addresses', () => {
  test.each([
    ['at once', 0],
    ['when the link gets its carrier', 60],
    ['when the carrier comes at the last moment', 180],
  ])('%s, of both families', async (_title, carrierMs) => {
    const node = createNode();
    node.machine.carrierMs = carrierMs;
    await addedTo(node);
    expect(node.machine.announced).toEqual(['10.0.0.2/24', '2001:db8::2/64']);
  });

  test('with the MAC that the link then has, and leaves it as it is', async () => {
    const node = await addedTo(createNode(), { conf: { mac: NEW_MAC, ipam: DUAL_STACK } });
    expect(node.machine.announced).toHaveLength(2);
    expect(vfAt(node.machine).link.mac).toBe(NEW_MAC);
  });

  test('again by the kernel whenever the pod sets its link up (F27, PAIN-43)', async () => {
    const { machine } = await addedTo(createNode());
    expect(Object.fromEntries(sandboxAt(machine).sysctls)).toMatchObject({
      'ipv4/conf/net1/arp_notify': '1',
      'ipv6/conf/net1/ndisc_notify': '1',
    });
  });

  test('before it answers that it is done: a pod is not to speak first', async () => {
    const { machine } = await addedTo(createNode());
    expect(machine.steps.taken().slice(-2)).toEqual([
      'set net1 in the sandbox: MAC 02:00:00:00:01:00',
      'write the record',
    ]);
  });
});

describe('ADD announces nothing, and succeeds', () => {
  test('without addresses', async () => {
    const { machine } = await addedTo(createNode(), {});
    expect(machine.announced).toEqual([]);
    expect(machine.steps.taken().join()).not.toMatch(/arp_notify|MAC/);
  });

  test('without a carrier, for which it waits no longer than 200 ms (F28, PAIN-43)', async () => {
    const withCarrier = await addedTo(createNode());
    const node = createNode();
    node.machine.carrierMs = 60_000;
    await addedTo(node);
    expect(node.machine.announced).toEqual([]);
    expect(node.logged).toContain('info: net1 has no carrier: its addresses are not announced');
    // A pause that began before the end, and the looks at the link between the pauses.
    expect(node.machine.clock.now() - withCarrier.machine.clock.now()).toBeLessThan(400);
  });

  test.each([/_notify/, /set net1 in the sandbox: MAC/])('when the kernel refuses %s', async (pattern) => {
    const node = createNode();
    node.machine.steps.refuseEvery(pattern);
    await addedTo(node);
    expect(node.machine.announced).toEqual([]);
    expect(node.records.all()).toMatchObject([{ isUnfinished: false }]);
  });
});

describe('duplicate detection', () => {
  const detecting: Call = { conf: { enabledad: true, ipam: DUAL_STACK } };

  test('is waited for where it is wanted: then nothing is in doubt', async () => {
    const node = await addedTo(createNode(), detecting);
    expect([...vfAt(node.machine).link.doubtful]).toEqual([]);
    expect(node.machine.clock.now()).toBeGreaterThan(1000);
  });

  test('is left out where it is not wanted', async () => {
    const node = createNode();
    node.machine.neighbours.add('2001:db8::2/64');
    await addedTo(node);
    expect(node.machine.clock.now()).toBeLessThan(1000);
  });

  test('refuses an address that a neighbour has, and everything is put back', async () => {
    const node = createNode();
    node.machine.neighbours.add('2001:db8::2/64');
    await expect(addedTo(node, detecting)).rejects.toMatchObject({
      fault: 'address-taken',
      message: 'Cannot use 2001:db8::2/64 at net1: a neighbour has it already',
    });
    expect(traceOf(node)).toEqual(untouchedNode());
  });

  /** The world of a node whose links show more than the kernel of the model does. */
  function worldShowing({ world }: Node, more: Partial<ObservedNetwork>): World {
    const { host } = world;
    const observeNetwork: Host['observeNetwork'] = async (...given) => ({
      ...(await host.observeNetwork(...given)),
      ...more,
    });
    return { ...world, host: { ...host, observeNetwork } };
  }

  test.each<Partial<ObservedNetwork>>([{ tentative: ['fe80::1/64'] }, { duplicate: ['fe80::1/64'] }])(
    'is only of the addresses that ADD gave: %j',
    async (more) => {
      const node = createNode();
      await add(addRequest(detecting), worldShowing(node, more));
      expect(node.machine.clock.now()).toBeLessThan(4000);
    },
  );

  test('that does not end is not waited for longer than 5 s', async () => {
    const node = createNode();
    await add(addRequest(detecting), worldShowing(node, { tentative: ['2001:db8::2/64'] }));
    expect(node.logged).toContain('warning: Duplicate detection at net1 did not end in 5000 ms');
    expect(node.machine.clock.now()).toBeLessThan(8000);
  });
});
