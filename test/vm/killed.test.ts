/**
 * The plugin is killed at one of its changes to a real VF, as runtimes do at a deadline; the next command comes at once, whatever
 * it is, and the host is as before. The same at every step, on veths: test/sandbox/killed.test.ts.
 */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { isSoak, someOf, tell } from '../figures.ts';
import { EVERY_SETTING, type Json, TUTORIAL, useNode } from './node.ts';
import { underShim } from './shim.ts';

const node = useNode();

const NETCONF = {
  ...TUTORIAL,
  cniVersion: '1.1.0',
  ...EVERY_SETTING,
  ipam: {
    type: 'host-local',
    ranges: [[{ subnet: '10.20.30.0/25', gateway: '10.20.10.1' }], [{ subnet: '2001:db8::/64' }]],
    routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }],
  },
};
const POD = { netconf: NETCONF };
const OTHER = { ...POD, containerId: 'pod2', netns: 'pod2' };

beforeEach(async () => void (await node.addPod('pod2')));

const TOLD_WHO_HAS_IT = {
  code: 100,
  details: expect.stringContaining('container pod1 has it as net1'),
};

/** The changes at which it dies, each by what is in its line. */
const MOMENTS = {
  ADD: {
    first: /./,
    'MAC of the link': /^link set dev \S+ address 02:aa/,
    'settings through the PF': / vf 0 vlan 100/,
    move: / netns /,
    'up, in the sandbox': /^link set dev net1 .*\bup$/,
    address: /^addr(ess)? add 10\./,
    'IPv6 route': /^route .*::/,
    announcement: /arp_notify/,
  },
  DEL: { first: /./, move: / netns /, 'MAC of the link': / address /, 'settings through the PF': / vf 0 / },
} as const;

/** The plugin alone dies and its `ip` goes on, slowly; or both die, before the change or after it. */
const ACTS = ['kill-amid', 'kill-before', 'kill-after'] as const;

type Command = 'ADD' | 'DEL';

async function expectAttached(call: typeof POD, result: Json): Promise<void> {
  const check = await node.cni('CHECK', { ...call, netconf: { ...NETCONF, prevResult: result } });
  expect(check).toMatchObject({ code: 0, json: undefined });
}

const FOLLOWING: Readonly<Record<string, Kill['follow']>> = {
  DEL: () => node.del(POD),
  GC: async () => {
    const gc = { netconf: { ...NETCONF, 'cni.dev/valid-attachments': [] } };
    expect(await node.cni('GC', gc)).toMatchObject({ code: 0, json: undefined });
  },
  'ADD again': async (killed) => {
    const { code, json } = await node.cni('ADD', POD);
    // A DEL that died before the move has ended nothing.
    if (code !== 0) expect({ killed, json }).toMatchObject({ killed: 'DEL', json: TOLD_WHO_HAS_IT });
    else await expectAttached(POD, json);
    await node.del(POD);
  },
  'ADD for another pod': async () => {
    const { code, json } = await node.cni('ADD', OTHER);
    if (code !== 0) expect(json).toMatchObject(TOLD_WHO_HAS_IT);
    await node.del(POD);
    await expectAttached(OTHER, code === 0 ? json : await node.add(OTHER));
    await node.del(OTHER);
  },
};

type Kill = {
  readonly command: Command;
  readonly moment: string;
  readonly line: RegExp;
  readonly act: (typeof ACTS)[number];
  readonly next: string;
  readonly follow: (killed: Command) => Promise<void>;
};

function allKills(): Kill[] {
  const kills: Kill[] = [];
  for (const command of ['ADD', 'DEL'] as const)
    for (const [moment, line] of Object.entries(MOMENTS[command]))
      for (const act of ACTS)
        for (const [next, follow] of Object.entries(FOLLOWING))
          kills.push({ command, moment, line, act, next, follow });
  return kills;
}

/** Each act and each follow-up once, of which two are taken; in the long form each of them at most moments, in other pairs at each. */
const STRIDE = isSoak ? 5 : 41;
const KILLS = someOf(
  'killed on real VFs',
  allKills().filter((_, n) => n % STRIDE === 0),
  { fast: 2 },
);

let lives: Readonly<Record<Command, readonly string[]>> | undefined;

/** What ADD and DEL ask of `ip` and `tee`, in order. */
async function stepsOf(command: Command): Promise<readonly string[]> {
  const stepsOfLife = async (of: Command) =>
    (await underShim(node, 'pass 0', { command: of, call: POD })).steps;
  lives ??= { ADD: await stepsOfLife('ADD'), DEL: await stepsOfLife('DEL') };
  return lives[command];
}

describe.each(KILLS)('$command, $act, $moment', ({ command, line, act, next, follow }) => {
  test(`${next} leaves the host as before`, async () => {
    const before = await node.snapshot();
    const steps = await stepsOf(command);
    const step = steps.findIndex((text) => line.test(text)) + 1;
    expect(step, `${line} in\n${steps.join('\n')}`).toBeGreaterThan(0);
    if (command === 'DEL') await node.add(POD);
    const { code, json } = await underShim(node, `${act} ${step}`, { command, call: POD });
    expect({ code, json }).toEqual({ code: 137, json: undefined });
    await follow(command);
    expect(await node.snapshot()).toEqual(before);
  });
});

afterAll(() => tell('killed on real VFs', { kills: KILLS.length }));
