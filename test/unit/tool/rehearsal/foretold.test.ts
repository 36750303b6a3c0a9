/** What the tool foretells of a DEL is what DEL then does. */
import { describe, expect, test } from 'vitest';
import { CniError } from '../../../../schemas/fault.ts';
import type { AttachmentRecord } from '../../../../schemas/record.ts';
import { add } from '../../../../src/attachment/add.ts';
import { del } from '../../../../src/attachment/del.ts';
import { kill } from '../../../../src/model/accidents.ts';
import { newLink, POD_A, POD_B, sandboxAt, vfAt } from '../../../../src/model/machine.ts';
import { foretold as foretoldOf } from '../../../../src/tool/rehearsal/foretold.ts';
import { look, modelOf } from '../../../../src/tool/rehearsal/model-of.ts';
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
  foretoldOf(record, {
    real: node.world,
    rehearsedAddresses: () => node.addresses,
    hasLink: (name) => node.machine.home.links.some((link) => link.name === name),
  });

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

test('of a VF whose link is not to be seen, that it is looked for', async () => {
  const attached = await inOrdinary('no settings');
  kill(attached.node.machine, POD_A, { afterMs: 1_000_000 });
  expect(await foretold(attached)).toEqual([
    'look for the link of 0000:01:10.0, which is neither on the host nor in a namespace that is seen here, and fail if it does not come home',
  ]);
});

test('of a name that another link has on the host, that the link keeps its present one', async () => {
  const attached = await inOrdinary('no settings');
  const { machine, logged } = attached.node;
  kill(machine, POD_A);
  machine.clock.pass(20_000);
  machine.home.links.push(newLink({ name: 'enp1s0v0' }));
  const present = vfAt(machine).link.name;
  const kept = `The link of 0000:01:10.0 stays ${present}: its name enp1s0v0 is not to be had`;
  expect(await foretold(attached)).toEqual([
    `set ${present} on the host: name enp1s0v0`,
    kept,
    `set ${present} on the host: alias ""`,
    'remove the record',
  ]);
  await done(attached.node, 'no settings');
  expect(logged).toContain(`warning: ${kept}`);
});

test('of what the kernel refuses again and again, once, and that DEL would fail', async () => {
  const attached = await inOrdinary('every setting');
  attached.node.machine.pf.name = undefined;
  const sentences = await foretold(attached);
  expect(new Set(sentences).size).toBe(sentences.length);
  expect(sentences.at(-1)).toMatch(/^fail, and keep the record: .*\(ip link set dev 0000:01:00\.0 vf 0 /);
});

test('of a PF that shows no MAC before one is written, whatever its driver is called', async () => {
  const attached = await attachedIn({ case: 'a MAC', machine: 'both' });
  vfAt(attached.node.machine).driver = 'bnxt_en';
  const sentences = await foretold(attached);
  expect(await done(attached.node, 'a MAC')).toEqual(ofVf(sentences));
});

test('what cannot be looked at does not keep others from being told of', async () => {
  const attached = await inOrdinary('no settings');
  const observe = () => Promise.reject(new CniError('unavailable', 'ip hangs'));
  const real = { ...attached.node.world, host: { ...attached.node.world.host, observe } };
  const surroundings = { real, rehearsedAddresses: () => attached.node.addresses, hasLink: () => false };
  expect(await foretoldOf(attached.record, surroundings)).toEqual(['do what cannot be foretold: ip hangs']);
});

test('what was pinned before a boot is not pinned any more', async () => {
  const { node, record } = await inOrdinary('a MAC');
  const { machine, world } = node;
  const device = world.host.findDevice(record.device);
  if (device.is !== 'vf') throw new Error('it is no VF');
  const seen = await look(world, device, { asks: 'link and PF', paths: [POD_A] });
  expect(modelOf(seen, record).vfs[0]?.isPinned).toBe(true);
  machine.bootId = 'boot-2';
  const after = await look(world, device, { asks: 'link and PF', paths: [POD_A] });
  expect(modelOf(after, record).vfs[0]?.isPinned).toBe(false);
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
