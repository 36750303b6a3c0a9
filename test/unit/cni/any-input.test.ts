/** Thousands of requests that nobody wrote: each is answered properly, and what is refused changes nothing. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Environment } from '../../../schemas/environment.ts';
import { unknownIpamKeysIn, unknownKeysIn } from '../../../schemas/unknown-keys.ts';
import { add } from '../../../src/attachment/add.ts';
import { check } from '../../../src/attachment/check.ts';
import { del } from '../../../src/attachment/del.ts';
import { gc } from '../../../src/attachment/gc.ts';
import { status } from '../../../src/attachment/status.ts';
import { addressRequestOf } from '../../../src/cni/address-request.ts';
import { type Plugin, runPlugin } from '../../../src/cni/plugin.ts';
import { type Request, requestOf } from '../../../src/cni/request.ts';
import { POD_A } from '../../../src/model/machine.ts';
import { anyCommand, anyEnvironment, anyStdin } from '../../any-input.ts';
import { createNode, type Node, traceOf } from '../../fakes/fake-world.ts';
import { seedOf, tell, times } from '../../figures.ts';
import { mustBeSound } from '../../sound-answer.ts';
import { EVERYTHING, SETTINGS } from '../../sound-conf.ts';
import { checkRanges } from './calls.ts';

const RUNS = times({ fast: 2000, soak: 50_000 });

const SOUND = { ...EVERYTHING, ...SETTINGS };
const ENVIRONMENT = { CNI_CONTAINERID: 'c1', CNI_IFNAME: 'net1', CNI_NETNS: POD_A };

/** The plugin on a machine of its own. */
function pluginOn({ world }: Node): Plugin<Request> {
  return {
    requestOf: (call) => requestOf(call, checkRanges),
    run: async (request, mustExpress) => {
      const here = { ...world, mustExpress };
      if (request.command === 'ADD') return add(request, here);
      if (request.command === 'DEL') await del(request, here);
      if (request.command === 'CHECK') await check(request, here);
      if (request.command === 'GC') await gc(request, here);
      if (request.command === 'STATUS') await status(request, here);
      return undefined;
    },
    refused: (_cause, { json }) => void unknownKeysIn(json),
  };
}

/** Its store is the executable's business: here it is asked only what it understands. */
const HOST_LOCAL: Plugin<unknown> = {
  requestOf: (call) => addressRequestOf(call, checkRanges),
  run: async () => undefined,
  refused: (_cause, { json }) => void unknownIpamKeysIn(json),
};

type Sent = { readonly command: string; readonly stdin: string; readonly env: Environment };

async function ask<Request>(plugin: Plugin<Request>, { command, stdin, env }: Sent): Promise<0 | 1> {
  const input = { env: { ...env, CNI_COMMAND: command }, readStdin: () => stdin };
  const { stdout, exitCode } = await runPlugin(input, plugin);
  mustBeSound({ stdout, code: exitCode });
  return exitCode;
}

const anySent = fc.record({ command: anyCommand, stdin: anyStdin(SOUND), env: anyEnvironment(POD_A) });
const attach: Sent = { command: 'ADD', stdin: JSON.stringify(SOUND), env: ENVIRONMENT };

test('the sound configuration, of which the others are made, attaches', async () => {
  expect(await ask(pluginOn(createNode()), attach)).toBe(0);
});

async function mustEndAsBefore(node: Node, sent: Sent): Promise<0 | 1> {
  const before = traceOf(node);
  const exitCode = await ask(pluginOn(node), sent);
  if (exitCode === 0) await ask(pluginOn(node), { ...sent, command: 'DEL' });
  expect(traceOf(node)).toEqual(before);
  return exitCode;
}

async function mustAnswerBesidePod(node: Node, sent: Sent): Promise<0 | 1> {
  await ask(pluginOn(node), attach);
  return ask(pluginOn(node), sent);
}

test('any request is answered; a refused ADD leaves nothing, and DEL with the same words ends any other', async () => {
  const done = { attached: 0, 'refused ADDs': 0, 'other commands done': 0, 'refused others': 0 };
  const property = fc.asyncProperty(anySent, async (sent) => {
    const isAdd = sent.command === 'ADD';
    const exitCode = await (isAdd ? mustEndAsBefore : mustAnswerBesidePod)(createNode(), sent);
    await ask(HOST_LOCAL, sent);
    if (isAdd) done[exitCode === 0 ? 'attached' : 'refused ADDs'] += 1;
    else done[exitCode === 0 ? 'other commands done' : 'refused others'] += 1;
  });
  await fc.assert(property, { numRuns: RUNS, seed: seedOf('any request') });
  tell('any request', { requests: RUNS, ...done });
}, 600_000);
