/** The executable, and what nobody should send: proper answers, and no file but those that are its own. */
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { anyCommand, anyEnvironment, anyStdin } from '../any-input.ts';
import { seedOf, tell, times } from '../figures.ts';
import { EVERYTHING } from '../sound-conf.ts';
import { OURS, withHostLocal } from './as-host-local.ts';
import { EXECUTABLE, netnsOf } from './machine.ts';
import { machineTest } from './machine-test.ts';
import { refused } from './outcome.ts';
import { attach, detach, protect, send } from './sent.ts';

const test = machineTest({ vfs: 1, pods: ['pod1'], store: 'size=8m' });

const RUNS = times({ fast: 16, soak: 340 });

const anySent = fc.record({
  command: anyCommand,
  stdin: anyStdin(EVERYTHING),
  env: anyEnvironment(netnsOf('pod1')),
});

/** As bash writes a byte: 0xff is part of no text. */
test.for(['\\x1b', '\\xff'])(
  'an interface name with the byte %s is refused, with no trace',
  async (byte, { machine }) => {
    const before = await machine.snapshot();
    const via = ['bash', '-c', `CNI_IFNAME=$'net${byte}' exec "$@"`, 'bash'];
    const outcome = await machine.add({ netconf: EVERYTHING, via });
    expect(refused(outcome, 'environment')).toContain('CNI_IFNAME');
    expect(await machine.snapshot()).toEqual(before);
  },
);

describe.concurrent.for(['sriov', 'sriov, a second time', 'host-local'])('any request to %s', (name) => {
  test('is answered, writes nothing elsewhere, and is undone by DEL', async ({ machine }) => {
    await withHostLocal(machine);
    await protect(machine);
    const plugin = name === 'host-local' ? OURS : EXECUTABLE;
    const before = await machine.snapshot();
    const done = { requests: 0, succeeded: 0 };
    for (const sent of fc.sample(anySent, { numRuns: RUNS, seed: seedOf(`any request to ${name}`) })) {
      if (sent.command !== 'ADD') await send(machine, attach, plugin);
      const code = await send(machine, sent, plugin);
      if (code === 0) await send(machine, { ...sent, command: 'DEL' }, plugin);
      if (sent.command !== 'ADD') await send(machine, detach, plugin);
      expect({ sent, ...(await machine.snapshot()) }).toEqual({ sent, ...before });
      done.requests += 1;
      done.succeeded += code === 0 ? 1 : 0;
    }
    tell(`any request to ${name}`, done);
  }, 1_200_000);
});
