/** What the tool foretells of a DEL is what DEL then does. */
import { describe, expect, test } from 'vitest';
import type { AttachmentRecord } from '../../../../schemas/record.ts';
import { add } from '../../../../src/attachment/add.ts';
import { del } from '../../../../src/attachment/del.ts';
import { kill } from '../../../../src/model/accidents.ts';
import { POD_A } from '../../../../src/model/machine.ts';
import { restoringOf } from '../../../../src/tool/attachments/restoring.ts';
import { sightOf } from '../../../../src/tool/attachments/sight.ts';
import { createNode, type Node } from '../../../fakes/fake-world.ts';
import { addRequest, delRequest } from '../../../fakes/requests.ts';
import { CASES } from '../../attachment/lives.ts';

const NAMES = Object.keys(CASES) as (keyof typeof CASES)[];

async function attachedNode(name: keyof typeof CASES): Promise<{ node: Node; record: AttachmentRecord }> {
  const { call, options, prepare } = CASES[name] as (typeof CASES)['a link that has everything'];
  const node = createNode(options);
  prepare?.(node);
  await add(addRequest(call), node.world);
  const [record] = node.records.all();
  if (!record) throw new Error('there is no record');
  return { node, record };
}

const foretold = async ({ node, record }: Awaited<ReturnType<typeof attachedNode>>) =>
  restoringOf(record, await sightOf(record, node.world));

/** Steps that change the VF. */
async function done({ machine, world }: Node, name: keyof typeof CASES): Promise<string[]> {
  machine.steps.newProcess();
  await del(delRequest(CASES[name].call), world);
  return machine.steps
    .taken()
    .filter((one) => /^(set VF|set \S+ on|move|add alt|remove alt|reset)/.test(one));
}

const ofVf = (sentences: readonly string[]) =>
  sentences.filter((one) => !/^(release|remove the|remove \/|have|leave)/.test(one));

describe('DEL does what was foretold, whatever was attached', () => {
  test.for(NAMES)('%s', async (name) => {
    const attached = await attachedNode(name);
    const sentences = await foretold(attached);
    expect(sentences.at(-1)).toBe('remove the record');
    const before = attached.node.machine.steps.taken();
    expect(await foretold(attached), 'looking changes nothing').toEqual(sentences);
    expect(attached.node.machine.steps.taken()).toEqual(before);
    expect(await done(attached.node, name)).toEqual(ofVf(sentences));
  });
});

test('of a VF whose sandbox died, that it came home under another name', async () => {
  const attached = await attachedNode('every setting');
  kill(attached.node.machine, POD_A);
  attached.node.machine.clock.pass(20_000);
  const sentences = await foretold(attached);
  expect(sentences.filter((one) => one.includes('name'))).toHaveLength(1);
  expect(sentences).toContain('release 10.0.0.2, 2001:db8::2 in /var/lib/cni/networks');
});

test('of a VF whose link is nowhere, that it is looked for', async () => {
  const attached = await attachedNode('no settings');
  kill(attached.node.machine, POD_A, { afterMs: 1_000_000 });
  expect((await foretold(attached))[0]).toBe(
    `look for the link of 0000:01:10.0, which is neither on the host nor in ${POD_A}`,
  );
});

test('after a boot, that the VF is left alone', async () => {
  const attached = await attachedNode('another IPAM plugin');
  attached.node.machine.bootId = 'boot-2';
  expect(await foretold(attached)).toEqual([
    'leave 0000:01:10.0 as it is: since the boot it is a new VF',
    'have the IPAM plugin "static-pool" give its addresses back',
    'remove the record',
  ]);
});
