/** What the tool foretells of a DEL is what DEL then does. */
import { describe, expect, test } from 'vitest';
import type { AttachmentRecord } from '../../../../schemas/record.ts';
import { add } from '../../../../src/attachment/add.ts';
import { del } from '../../../../src/attachment/del.ts';
import { kill } from '../../../../src/model/accidents.ts';
import { POD_A, POD_B, sandboxAt, vfAt } from '../../../../src/model/machine.ts';
import { foretold as foretoldOf } from '../../../../src/tool/rehearsal/foretold.ts';
import type { Node } from '../../../fakes/fake-world.ts';
import { addRequest, delRequest } from '../../../fakes/requests.ts';
import { CASES, nodeIn, SITUATIONS, type Situation } from '../../attachment/lives.ts';

/** Drivers whose ways the tool knows, by the model that stands for each. */
const DRIVERS: Partial<Record<Situation['machine'], string>> = {
  reset: 'igbvf',
  pinned: 'igbvf',
  'pinned, trusted': 'igbvf',
  late: 'iavf',
  'late, pinned': 'iavf',
  both: 'mlx5_core',
  'both, pinned': 'mlx5_core',
};

const KNOWN = SITUATIONS.filter(({ machine }) => DRIVERS[machine] !== undefined);

const inOrdinary = (name: Situation['case']) => attachedIn({ case: name, machine: 'reset' });

async function attachedIn(situation: Situation): Promise<{ node: Node; record: AttachmentRecord }> {
  const node = nodeIn(situation);
  const vf = vfAt(node.machine);
  if (vf.driver === 'igbvf') vf.driver = DRIVERS[situation.machine];
  await add(addRequest(CASES[situation.case].call), node.world);
  const [record] = node.records.all();
  if (!record) throw new Error('there is no record');
  return { node, record };
}

const foretold = async ({ node, record }: Awaited<ReturnType<typeof attachedIn>>) =>
  foretoldOf(record, { world: () => node.world, rehearsedAddresses: () => node.addresses });

/** Steps that change the VF. */
async function done({ machine, world }: Node, name: Situation['case']): Promise<string[]> {
  machine.steps.newProcess();
  await del(delRequest(CASES[name].call), world);
  return machine.steps
    .taken()
    .filter((one) => /^(set VF|set \S+ on|move|add alt|remove alt|reset)/.test(one));
}

const ofVf = (sentences: readonly string[]) =>
  sentences.filter((one) => !/^(release|remove the|remove \/|ask|leave)/.test(one));

describe('DEL does what was foretold, whatever was attached', () => {
  test.for(KNOWN)('$case ($machine)', async (situation) => {
    const attached = await attachedIn(situation);
    const sentences = await foretold(attached);
    expect(sentences.at(-1)).toBe('remove the record');
    const before = attached.node.machine.steps.taken();
    expect(await foretold(attached), 'looking changes nothing').toEqual(sentences);
    expect(attached.node.machine.steps.taken()).toEqual(before);
    expect(await done(attached.node, situation.case)).toEqual(ofVf(sentences));
  });
});

test('of a VF whose sandbox died, that it came home under another name', async () => {
  const attached = await inOrdinary('every setting');
  kill(attached.node.machine, POD_A);
  attached.node.machine.clock.pass(20_000);
  const sentences = await foretold(attached);
  expect(sentences.filter((one) => one.includes('name'))).toHaveLength(1);
  expect(sentences).toContain('release 2001:db8::2 of /var/lib/cni/networks/sriov-network');
});

test('of a VF whose link is nowhere, that DEL would fail', async () => {
  const attached = await inOrdinary('no settings');
  kill(attached.node.machine, POD_A, { afterMs: 1_000_000 });
  expect(await foretold(attached)).toEqual([
    'fail, and keep the record: The link of 0000:01:10.0 is neither on the host nor in a namespace that can be found',
  ]);
});

test('of a VF whose link the pod moved on, where it is', async () => {
  const attached = await inOrdinary('no settings');
  const { machine } = attached.node;
  const { links } = sandboxAt(machine);
  sandboxAt(machine, POD_B).links.push(
    ...links.splice(
      links.findIndex(({ name }) => name === 'net1'),
      1,
    ),
  );
  expect(await foretold(attached)).toEqual([
    `The link of 0000:01:10.0 is in ${POD_B}, not where its record tells`,
    'move net1 back to the host as enp1s0v0',
    'set enp1s0v0 on the host: alias ""',
    'remove the record',
  ]);
});

test('of a VF that is none any more, that there is nothing to restore', async () => {
  const attached = await inOrdinary('the network of the tutorials');
  const { machine } = attached.node;
  machine.vfs.shift();
  sandboxAt(machine).links.pop();
  expect(await foretold(attached)).toEqual([
    'Nothing to restore: 0000:01:10.0 is no VF any more',
    expect.stringMatching(/^release 10\./),
    'remove the record',
  ]);
});

test('after a boot, that the VF is left alone', async () => {
  const attached = await inOrdinary('another IPAM plugin');
  attached.node.machine.bootId = 'boot-2';
  expect(await foretold(attached)).toEqual([
    'leave 0000:01:10.0 as it is: since the boot it is a new VF',
    'ask the IPAM plugin static-pool to release what it gave',
    'remove the record',
  ]);
});
