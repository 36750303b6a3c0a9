/** Addresses from the IPAM plugin that `ipam.type` names, instead of our own store. */
import { describe, expect, test } from 'vitest';
import { CniError } from '../../../schemas/fault.ts';
import { add } from '../../../src/attachment/add.ts';
import { check } from '../../../src/attachment/check.ts';
import { del } from '../../../src/attachment/del.ts';
import { gc } from '../../../src/attachment/gc.ts';
import { kill } from '../../../src/model/accidents.ts';
import { FIRST_VF, POD_A, SECOND_VF, vfAt } from '../../../src/model/machine.ts';
import { createNode, type Node, traceOf } from '../../fakes/fake-world.ts';
import { DELEGATE } from '../../fakes/memory-delegate.ts';
import { addRequest, type Call, checkRequest, delRequest, gcRequest } from '../../fakes/requests.ts';
import { attachedNode, untouchedNode } from './lives.ts';

const call: Call = { conf: { vlan: 5, ipam: { type: DELEGATE, range: '192.0.2.0/24' } } };
const outOfOrder = `The IPAM plugin ${DELEGATE} failed: out of order`;

test('ADD gives the link what the plugin answered: addresses, routes, name servers', async () => {
  const { machine, delegate, addresses, world } = createNode();
  delegate.more = { routes: [{ dst: '0.0.0.0/0' }], dns: { search: ['example.org'] } };
  expect(await add(addRequest(call), world)).toEqual({
    interfaces: [{ name: 'net1', mac: '02:00:00:00:01:00', mtu: 1500, sandbox: POD_A, pciID: FIRST_VF }],
    ips: [{ interface: 0, address: '192.0.2.10/24', gateway: '192.0.2.1' }],
    routes: [{ dst: '0.0.0.0/0', gw: '192.0.2.1' }],
    dns: { search: ['example.org'] },
  });
  expect(vfAt(machine).link).toMatchObject({
    addresses: ['192.0.2.10/24'],
    routes: [{ dst: '0.0.0.0/0', gw: '192.0.2.1' }],
  });
  expect(addresses.held.size).toBe(0);
});

test('ADD works with a plugin that gives no address', async () => {
  const { machine, delegate, world } = createNode();
  delegate.more = { ips: [] };
  await add(addRequest(call), world);
  expect(vfAt(machine).link).toMatchObject({ name: 'net1', isUp: true, addresses: [] });
  expect(machine.announced).toEqual([]);
});

test('the record names the plugin before it is asked, so that whoever dies, somebody else gives back', async () => {
  const { machine, records, delegate, world } = createNode();
  const unnamed: string[] = [];
  machine.steps.watch(() => {
    if (delegate.given.size > 0 && !records.all()[0]?.delegate) unnamed.push('given');
  });
  await add(addRequest(call), world);
  expect([unnamed, delegate.given.size]).toEqual([[], 1]);
});

describe('a failed ADD leaves nothing behind, also at the plugin', async () => {
  const sound = await attachedNode(call);
  const stepOfPlugin = sound.machine.steps.taken().indexOf(`${DELEGATE}: ADD`) + 1;

  test.each<[string, (node: Node) => void, string]>([
    [
      'when the plugin has nothing to give',
      ({ delegate }) => {
        delegate.isFull = true;
      },
      `The IPAM plugin ${DELEGATE} failed: no address is left`,
    ],
    [
      'when the plugin fails though it has given',
      ({ machine }) => machine.steps.newProcess({ at: stepOfPlugin, is: 'refused late' }),
      outOfOrder,
    ],
    [
      'when the kernel refuses the address',
      ({ machine }) => machine.steps.refuseEvery(/add address/),
      'Cannot add address 192.0.2.10/24 to net1: EINVAL (ip ... (add-address))',
    ],
  ])('%s', async (_title, accident, message) => {
    const node = createNode();
    accident(node);
    await expect(add(addRequest(call), node.world)).rejects.toMatchObject({ message });
    expect(traceOf(node)).toEqual(untouchedNode());
  });

  test('when the version cannot express what the plugin answered', async () => {
    const node = createNode();
    const mustExpress = () => {
      throw new Error('not in this version');
    };
    await expect(add(addRequest(call), { ...node.world, mustExpress })).rejects.toThrow(
      'not in this version',
    );
    expect(node.machine.steps.taken()).toContain(`${DELEGATE}: ADD`);
    expect(traceOf(node)).toEqual(untouchedNode());
  });
});

describe('DEL', () => {
  test('asks the plugin that is recorded, whatever the configuration says by now', async () => {
    const node = await attachedNode(call);
    await del(delRequest({ conf: { ipam: { type: 'whereabouts' } } }), node.world);
    expect(traceOf(node)).toEqual(untouchedNode());
  });

  test('without a record asks the plugin of the configuration', async () => {
    const node = await attachedNode(call);
    node.records.lose();
    await del(delRequest(call), node.world);
    expect([...node.delegate.given]).toEqual([]);
  });

  test('without a record succeeds when the plugin of the configuration is not there, and says so', async () => {
    const node = createNode();
    await del(delRequest({ conf: { ipam: { type: 'whereabouts' } } }), node.world);
    expect(node.logged).toEqual([
      'warning: No addresses to give back: ipam.type: there is no plugin whereabouts',
    ]);
  });

  test('keeps the record when the plugin fails, and a later one finishes', async () => {
    const node = await attachedNode(call);
    node.machine.steps.refuseEvery(new RegExp(`${DELEGATE}: DEL`));
    await expect(del(delRequest(call), node.world)).rejects.toMatchObject({
      fault: 'ipam-plugin',
      message: outOfOrder,
    });
    expect(node.records.all()).toHaveLength(1);
    node.machine.steps.refuseEvery();
    await del(delRequest(call), node.world);
    expect(traceOf(node)).toEqual(untouchedNode());
  });
});

describe('CHECK', () => {
  const checked = async (drift: (node: Node) => void) => {
    const node = createNode();
    node.delegate.more = { routes: [{ dst: '0.0.0.0/0' }] };
    const result = await add(addRequest(call), node.world);
    drift(node);
    return check(checkRequest(call, result), node.world);
  };

  test('finds no difference after ADD', async () => {
    await checked(() => {});
  });

  test.each<[string, (node: Node) => void, string, string]>([
    [
      'the plugin',
      ({ delegate }) => delegate.given.clear(),
      'ipam-plugin',
      `The IPAM plugin ${DELEGATE} failed: nothing is given`,
    ],
    [
      'the link',
      ({ machine }) => void Object.assign(vfAt(machine).link, { routes: [] }),
      'drift',
      'net1 has no route to 0.0.0.0/0 via 192.0.2.1',
    ],
  ])('tells what is wrong with %s', async (_title, drift, fault, message) => {
    await expect(checked(drift)).rejects.toMatchObject({ fault, message });
  });
});

describe('GC', () => {
  const ofB: Call = { pod: 'pod-b', conf: { ...call.conf, deviceID: SECOND_VF } };
  const twoPods = async () => {
    const node = await attachedNode(call);
    node.delegate.caller = addRequest(ofB).attachment;
    await add(addRequest(ofB), node.world);
    return node;
  };
  const B = { containerID: 'pod-b', ifname: 'net1' };

  test('ends attachments with the plugin that is recorded, and asks the configured one to collect the rest', async () => {
    const node = await twoPods();
    node.delegate.given.set('long-gone/net1', '192.0.2.99/24');
    await gc(gcRequest([B], call), node.world);
    expect([...node.delegate.given.keys()]).toEqual(['pod-b/net1']);
    expect(node.records.all()).toMatchObject([{ attachment: { containerId: 'pod-b' } }]);
  });

  test('lets the plugin collect nothing of what could not be ended', async () => {
    const node = await twoPods();
    node.machine.steps.refuseEvery(/move net1 back/);
    await expect(gc(gcRequest([B], call), node.world)).rejects.toMatchObject({ fault: 'undo-incomplete' });
    expect([...node.delegate.given.keys()].sort()).toEqual(['pod-a/net1', 'pod-b/net1']);
  });

  test('goes on when the plugin fails, and tells it in the end', async () => {
    const node = await twoPods();
    node.machine.steps.refuseEvery(new RegExp(`${DELEGATE}: GC`));
    await expect(gc(gcRequest([B], call), node.world)).rejects.toMatchObject({
      fault: 'undo-incomplete',
      message: outOfOrder,
    });
    expect(vfAt(node.machine).link.name).toBe('enp1s0v0');
  });
});

test('a dead attachment whose plugin fails keeps the VF from no other pod, which is told as an error', async () => {
  const node = await attachedNode(call);
  kill(node.machine, POD_A);
  node.machine.steps.refuseEvery(new RegExp(`${DELEGATE}: DEL`));
  await add(addRequest({ pod: 'pod-b' }), node.world);
  expect(node.logged).toContainEqual(expect.stringMatching(/^error: Addresses may stay reserved for ever: /));
  expect(node.records.all()).toMatchObject([{ attachment: { containerId: 'pod-b' } }]);
});

test('a dead attachment whose plugin is to be asked later keeps its record, so that no address is lost', async () => {
  const node = await attachedNode(call);
  kill(node.machine, POD_A);
  const later = async () => {
    throw new CniError('busy', 'later');
  };
  const world = { ...node.world, delegates: { ...node.delegate, del: later } };
  await expect(add(addRequest({ pod: 'pod-b' }), world)).rejects.toMatchObject({ fault: 'busy' });
  await add(addRequest({ pod: 'pod-b' }), node.world);
  expect(node.delegate.given.size).toBe(0);
});
