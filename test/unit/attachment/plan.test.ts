/** Every folder of test/cases/plan is a situation: what ADD then does, and what DEL does, in sentences. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { LinkState } from '../../../schemas/words.ts';
import { add } from '../../../src/attachment/add.ts';
import { del } from '../../../src/attachment/del.ts';
import { kill } from '../../../src/model/accidents.ts';
import { newLink, POD_A, sandboxAt, vfAt } from '../../../src/model/machine.ts';
import { createNode, type Node, traceOf } from '../../fakes/fake-world.ts';
import { addRequest, delRequest } from '../../fakes/requests.ts';

const CASES = `${import.meta.dirname}/../../cases/plan`;

const Link = z.partial(
  z.object({
    name: z.string(),
    mac: z.string(),
    mtu: z.number(),
    isUp: z.boolean(),
    isPromiscuous: z.boolean(),
    altnames: z.array(z.string()),
  }),
);

const SETTINGS = ['spoofchk', 'trust', 'linkState', 'minTxRate', 'maxTxRate'] as const;

const Settings = z.partial(
  z.object({
    vlan: z.object({ id: z.number(), qos: z.number(), protocol: z.optional(z.string()) }),
    linkState: LinkState,
    minTxRate: z.number(),
    maxTxRate: z.number(),
  }),
);

/** The machine before ADD, and what happens to it between ADD and DEL. */
const Situation = z.object({
  driver: z._default(z.enum(['reset', 'late', 'both', 'deaf']), 'reset'),
  isPinned: z._default(z.boolean(), false),
  isTrusted: z._default(z.boolean(), false),
  link: z._default(Link, {}),
  settings: z._default(Settings, {}),
  /** What the driver neither shows nor can set. */
  lacks: z._default(z.array(z.enum(SETTINGS)), []),
  inSandbox: z._default(z.array(z.string()), []),
  podChanges: z._default(Link, {}),
  sandboxDies: z.optional(z.object({ afterMs: z.number(), udevAfterMs: z.optional(z.number()) })),
});
type Situation = z.output<typeof Situation>;

const fileOf = (folder: string, name: string) => readFileSync(`${CASES}/${folder}/${name}`, 'utf8');

/** Keys that are absent, not undefined. */
function defined<T extends object>(settings: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return JSON.parse(JSON.stringify(settings));
}

function nodeIn({ driver, isPinned, isTrusted, link, settings, lacks, inSandbox }: Situation): Node {
  const node = createNode({ driver, isPinned, isTrusted, link: defined(link) });
  Object.assign(vfAt(node.machine), settings, Object.fromEntries(lacks.map((key) => [key, undefined])));
  sandboxAt(node.machine).links.push(...inSandbox.map((name) => newLink({ name })));
  return node;
}

/** The sentences of all that the process did. */
const textOf = ({ machine: { steps } }: Node) =>
  steps
    .taken()
    .map((sentence) => `${sentence}\n`)
    .join('');

function accident({ machine }: Node, { podChanges, sandboxDies }: Situation): void {
  Object.assign(vfAt(machine).link, defined(podChanges));
  if (sandboxDies) kill(machine, POD_A, defined(sandboxDies));
}

const folders = readdirSync(CASES);

test('there are cases', () => {
  expect(folders.length).toBeGreaterThanOrEqual(10);
});

describe.each(folders)('%s', (folder) => {
  const situation = Situation.parse(JSON.parse(fileOf(folder, 'observed.json')));
  const call = { conf: JSON.parse(fileOf(folder, 'netconf.json')) };

  test('plan and restore', async () => {
    const node = nodeIn(situation);
    await add(addRequest(call), node.world);
    expect(textOf(node)).toBe(fileOf(folder, 'plan.txt'));
    accident(node, situation);
    node.machine.steps.newProcess();
    await del(delRequest(call), node.world);
    expect(textOf(node)).toBe(fileOf(folder, 'restore.txt'));
    const before = nodeIn(situation);
    if (situation.sandboxDies) kill(before.machine, POD_A);
    expect(traceOf(node)).toEqual(traceOf(before));
  });
});
