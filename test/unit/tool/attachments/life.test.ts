import { expect, test } from 'vitest';
import { add } from '../../../../src/attachment/add.ts';
import { isDead } from '../../../../src/attachment/holders.ts';
import { bindForUserspace, kill } from '../../../../src/model/accidents.ts';
import { newNamespace, POD_A, sandboxAt, vfAt } from '../../../../src/model/machine.ts';
import { isOver, lifeOf } from '../../../../src/tool/attachments/life.ts';
import { createNode, type Node } from '../../../fakes/fake-world.ts';
import { addRequest, TUTORIAL_IPAM } from '../../../fakes/requests.ts';

const onNode = () => true;

type Accident = (node: Node) => void | Promise<void>;

const forget: Accident = ({ machine }) => {
  const sandbox = sandboxAt(machine);
  machine.home.links.push(...sandbox.links.splice(0));
};
const replace: Accident = ({ machine }) => void machine.sandboxes.set(POD_A, newNamespace());
const notFinish: Accident = async ({ records }) => {
  for (const record of records.all()) await records.write({ ...record, isUnfinished: true });
};
const boot: Accident = ({ machine }) => {
  machine.bootId = 'boot-2';
};

const CASES: readonly [string, Accident, string, string | undefined][] = [
  ['an attachment', () => {}, 'living', undefined],
  [
    'one whose namespace is gone',
    ({ machine }) => kill(machine, POD_A),
    'dead',
    `its namespace ${POD_A} is gone`,
  ],
  [
    'one whose VF somebody took home',
    forget,
    'dead',
    `0000:01:10.0 is not in its namespace ${POD_A} any more`,
  ],
  [
    'one whose path means another namespace',
    async (node) => {
      await forget(node);
      await replace(node);
    },
    'dead',
    `0000:01:10.0 is not in its namespace ${POD_A} any more`,
  ],
  ['one that is not complete', notFinish, 'unfinished', 'its ADD has not ended, or died half-way'],
  [
    'one that is not complete, and whose namespace is gone',
    async (node) => {
      await notFinish(node);
      kill(node.machine, POD_A);
    },
    'dead',
    `its namespace ${POD_A} is gone`,
  ],
  ['one of an earlier boot', boot, 'of an earlier boot', 'the machine was booted since'],
];

test.for(CASES)('%s', async ([, accident, state, why]) => {
  const node = createNode();
  await add(addRequest({ conf: { ipam: TUTORIAL_IPAM } }), node.world);
  await accident(node);
  const [record] = node.records.all();
  const life = record && (await lifeOf(record, node.world, onNode));
  expect(life).toEqual({ state, ...(why && { why }) });
  expect(life && isOver(life)).toBe(['dead', 'of an earlier boot'].includes(state));
});

test('a VF for userspace lives with its namespace', async () => {
  const node = createNode();
  bindForUserspace(node.machine, vfAt(node.machine));
  await add(addRequest({}), node.world);
  const [record] = node.records.all();
  if (!record) throw new Error('there is no record');
  expect(await lifeOf(record, node.world, onNode)).toEqual({ state: 'living' });
  node.machine.sandboxes.set(POD_A, newNamespace());
  expect(await lifeOf(record, node.world, onNode)).toMatchObject({ state: 'dead' });
});

test('one of sriov-cni without a path is neither living nor dead', async () => {
  const node = createNode();
  await add(addRequest({}), node.world);
  const [record] = node.records.all();
  if (!record) throw new Error('there is no record');
  const life = await lifeOf({ ...record, origin: 'sriov-cni', sandbox: '' }, node.world, onNode);
  expect(life.state).toBe('unknown');
  expect(isOver(life)).toBe(false);
});

test('where the place of its namespace is not seen, nothing tells that it is gone', async () => {
  const node = createNode();
  await add(addRequest({}), node.world);
  const [record] = node.records.all();
  if (!record) throw new Error('there is no record');
  const inContainer = () => false;
  expect(await lifeOf(record, node.world, inContainer)).toEqual({ state: 'living' });
  kill(node.machine, POD_A);
  const life = await lifeOf(record, node.world, inContainer);
  expect(life).toMatchObject({ state: 'unknown', why: expect.stringContaining('is this a container?') });
  expect(isOver(life)).toBe(false);
});

test('one whose namespace is our own is neither living nor dead', async () => {
  const node = createNode();
  await add(addRequest({}), node.world);
  const [record] = node.records.all();
  if (!record) throw new Error('there is no record');
  node.machine.sandboxes.set(POD_A, node.machine.home);
  const around = { ...record, sandboxInode: node.machine.home.inode };
  expect(await isDead(around, node.world)).toBe(false);
  const life = await lifeOf(around, node.world, onNode);
  expect(life).toMatchObject({ state: 'unknown', why: expect.stringContaining('runs in its namespace') });
});

test('one whose path has come to mean our own namespace is dead', async () => {
  const node = createNode();
  await add(addRequest({}), node.world);
  const [record] = node.records.all();
  if (!record) throw new Error('there is no record');
  node.machine.sandboxes.set(POD_A, node.machine.home);
  expect(await isDead(record, node.world)).toBe(true);
  expect(await lifeOf(record, node.world, onNode)).toMatchObject({ state: 'dead' });
});
