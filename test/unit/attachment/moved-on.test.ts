/** The link is in a namespace to which the record's path does not lead. */
import { expect, test } from 'vitest';
import { CniError } from '../../../schemas/fault.ts';
import { add } from '../../../src/attachment/add.ts';
import { del } from '../../../src/attachment/del.ts';
import {
  createMachine,
  type Machine,
  newNamespace,
  POD_A,
  POD_B,
  sandboxAt,
  vfAt,
} from '../../../src/model/machine.ts';
import { type Node, traceOf } from '../../fakes/fake-world.ts';
import { addRequest, delRequest } from '../../fakes/requests.ts';
import { attachedNode, CASES, outcomeOf, USERSPACE, userspaceAttached } from './lives.ts';

const { call } = CASES['every setting'];
const OTHER = { ...call, pod: 'pod-b' };
const NESTED = '/proc/77/ns/net';

function moveOn(machine: Machine): void {
  sandboxAt(machine).links = [];
  machine.sandboxes.set(NESTED, newNamespace([vfAt(machine).link]));
}

/** A process holds the sandbox, whose path is gone. */
function losePath(machine: Machine): void {
  const sandbox = sandboxAt(machine);
  machine.sandboxes.delete(POD_A);
  machine.sandboxes.set(NESTED, sandbox);
}

function takePath(machine: Machine): void {
  losePath(machine);
  machine.sandboxes.set(POD_A, newNamespace());
}

const linkOfVf = ({ machine }: Node) => vfAt(machine).link;

test.each([
  ['the pod has moved it into a namespace of its own', moveOn],
  ['the sandbox lives on without its path', losePath],
  ['the path leads to another namespace', takePath],
])('DEL finds the link and puts everything back when %s', async (_title, move) => {
  const node = await attachedNode(call);
  move(node.machine);
  await del(delRequest(call), node.world);
  expect(linkOfVf(node)).toEqual(vfAt(createMachine()).link);
  expect([node.records.all(), node.addresses.held.size]).toEqual([[], 0]);
});

test.each([
  ['its path is gone', losePath],
  ['its path leads to another namespace', takePath],
])('ADD for another pod takes the VF from a sandbox when %s', async (_title, move) => {
  const node = await attachedNode(call);
  move(node.machine);
  await add(addRequest(OTHER), node.world);
  expect(sandboxAt(node.machine, POD_B).links).toContain(linkOfVf(node));
});

test('ADD for another pod is refused while the pod that moved the link on lives', async () => {
  const node = await attachedNode(call);
  moveOn(node.machine);
  const before = traceOf(node);
  expect(await outcomeOf(add(addRequest(OTHER), node.world))).toBe('device-in-use');
  expect(traceOf(node)).toEqual(before);
});

test('a link that is known by its alias only is not believed to be ours elsewhere than in its sandbox', async () => {
  const node = await attachedNode(call);
  const [record] = node.records.all();
  if (!record?.before.link) throw new Error('no record of a link');
  const before = { ...record.before, link: { ...record.before.link, hasParentDevice: false } };
  await node.records.write({ ...record, before });
  delete linkOfVf(node).parentDevice;
  moveOn(node.machine);
  expect(await outcomeOf(del(delRequest(call), node.world))).toBe('undo-incomplete');
  expect(node.machine.sandboxes.get(NESTED)?.links).toContain(linkOfVf(node));
});

test('a holder of an earlier boot is dead, though path and inode number of its sandbox are there again', async () => {
  const node = await userspaceAttached(USERSPACE);
  node.machine.bootId = 'boot-2';
  await add(addRequest({ ...USERSPACE, pod: 'pod-b' }), node.world);
  expect(node.records.all()).toMatchObject([{ attachment: { containerId: 'pod-b' } }]);
});

test('a link that another program has given to a container of its own meanwhile is left to it, and so is the PF', async () => {
  const node = await attachedNode(call);
  moveOn(node.machine);
  node.machine.sandboxes.delete(POD_A);
  // The kernel brought it home, where its alias was lost, before somebody else took it.
  Object.assign(linkOfVf(node), { alias: '', name: 'eth1' });
  const { machine } = traceOf(node) as { readonly machine: object };
  expect(await outcomeOf(del(delRequest(call), node.world))).toBe('undo-incomplete');
  expect(traceOf(node)).toMatchObject({ machine });
  expect(node.machine.sandboxes.get(NESTED)?.links).toContain(linkOfVf(node));
});

test('a namespace that cannot be looked into does not hide the link in the next one', async () => {
  const node = await attachedNode(call);
  losePath(node.machine);
  const odd = '/proc/1/ns/net';
  const others = [...node.machine.sandboxes];
  node.machine.sandboxes.clear();
  node.machine.sandboxes.set(odd, newNamespace());
  for (const [path, sandbox] of others) node.machine.sandboxes.set(path, sandbox);
  const { host } = node.world;
  const linksIn: typeof host.linksIn = (sandbox) =>
    sandbox.path === odd
      ? Promise.reject(new CniError('unavailable', 'ip printed nonsense'))
      : host.linksIn(sandbox);
  await del(delRequest(call), { ...node.world, host: { ...host, linksIn } });
  expect(linkOfVf(node)).toEqual(vfAt(createMachine()).link);
});
