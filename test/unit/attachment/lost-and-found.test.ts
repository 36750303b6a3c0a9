/** What does not fit the record: another boot, a VF that sysfs does not show, a name that is taken, a lost record. */
import { expect, test } from 'vitest';
import { add } from '../../../src/attachment/add.ts';
import { del } from '../../../src/attachment/del.ts';
import { kill, removeVfs } from '../../../src/model/accidents.ts';
import { newLink, POD_A, sandboxAt, vfAt } from '../../../src/model/machine.ts';
import { createNode, traceOf } from '../../fakes/fake-world.ts';
import { addRequest, delRequest } from '../../fakes/requests.ts';
import { attachedNode, CASES, outcomeOf, untouchedNode } from './lives.ts';

const { call } = CASES['every setting'];

test('DEL of an attachment of an earlier boot frees its addresses and leaves the VF alone', async () => {
  const node = await attachedNode(call);
  const [record] = node.records.all();
  if (!record) throw new Error('no record');
  await node.records.write({ ...record, bootId: 'an earlier one' });
  const link = structuredClone(vfAt(node.machine).link);
  await del(delRequest(call), node.world);
  expect(vfAt(node.machine).link).toEqual(link);
  expect([node.records.all(), node.addresses.held.size]).toEqual([[], 0]);
});

test('DEL gives nothing up while the link of a VF that sysfs does not show is in the sandbox', async () => {
  const node = await attachedNode(call);
  const link = vfAt(node.machine).link;
  removeVfs(node.machine);
  sandboxAt(node.machine).links.push(link);
  expect(await outcomeOf(del(delRequest(call), node.world))).toBe('undo-incomplete');
  expect([node.records.all().length, node.addresses.held.size]).toEqual([1, 2]);
});

test('DEL brings the VF home under any name when another link took its own meanwhile', async () => {
  const node = await attachedNode(call);
  node.machine.home.links.push(newLink({ name: 'enp1s0v0' }));
  await del(delRequest(call), node.world);
  const { name, mac, mtu, alias } = vfAt(node.machine).link;
  expect({ name, mac, mtu, alias }).toEqual({ name: 'net1', mac: '02:00:00:00:01:00', mtu: 1500, alias: '' });
  expect([node.records.all(), node.addresses.held.size]).toEqual([[], 0]);
  expect(node.logged.join()).toContain('its name enp1s0v0 is not to be had');
});

test('ADD for a VF whose record was lost with its dead pod restores it first', async () => {
  const node = await attachedNode(call);
  const [record] = node.records.all();
  if (!record) throw new Error('no record');
  await node.records.remove(record.device);
  kill(node.machine, POD_A);
  const second = { ...call, pod: 'pod-b' };
  await add(addRequest(second), node.world);
  await del(delRequest(second), node.world);
  const { links } = untouchedNodeMachine();
  expect(vfAt(node.machine).link).toEqual(links);
});

function untouchedNodeMachine() {
  return { links: vfAt(createNode().machine).link };
}

test('what a pod may change by ip link is as before', async () => {
  const node = await attachedNode(call);
  Object.assign(vfAt(node.machine).link, {
    hasArp: false,
    isMulticast: false,
    hasXdp: true,
    txQueueLength: 7,
  });
  await del(delRequest(call), node.world);
  expect(traceOf(node)).toEqual(untouchedNode());
});
