/** The plugin is killed at each of its changes in turn: runtimes do that with SIGKILL when they lose patience. */
import { describe, expect } from 'vitest';
import { type Machine, netnsOf, type Plan } from './machine.ts';
import { test } from './machine-test.ts';
import { ALL_SETTINGS } from './networks.ts';
import { attached, expectSilence } from './outcome.ts';
import { moveOf, STEPS, type Step, withAltnames } from './steps.ts';

const pod = { netconf: ALL_SETTINGS };

async function kill(machine: Machine, command: 'ADD' | 'DEL', plan: Plan): Promise<void> {
  const made = await machine.interpose(plan, async () => {
    const { answer } = await machine.cni(command, pod);
    expect(answer).toBeUndefined();
  });
  expect(made).toHaveLength(plan.step);
}

const momentsOf = (steps: readonly Step[]) =>
  steps.flatMap((step) => [
    { ...step, act: 'kill-before' as const },
    { ...step, act: 'kill-after' as const },
  ]);

describe.concurrent.for(momentsOf(STEPS.add))('ADD, $act $step, $name', ({ act, step }) => {
  test('DEL leaves everything as it was before (DEF-13)', async ({ machine }) => {
    await withAltnames(machine);
    const before = await machine.snapshot();
    await kill(machine, 'ADD', { act, step });
    expectSilence(await machine.del(pod));
    expect(await machine.snapshot()).toEqual(before);
  });

  test('ADD again attaches, and DEL leaves everything as it was before', async ({ machine }) => {
    await withAltnames(machine);
    const before = await machine.snapshot();
    await kill(machine, 'ADD', { act, step });
    const result = attached(await machine.add(pod));
    expectSilence(await machine.check(pod, result));
    expectSilence(await machine.del(pod));
    expect(await machine.snapshot()).toEqual(before);
  });
});

describe.concurrent.for(momentsOf(STEPS.del))('DEL, $act $step, $name', ({ act, step }) => {
  test('a second DEL leaves everything as it was before ADD (PAIN-14)', async ({ machine }) => {
    await withAltnames(machine);
    const before = await machine.snapshot();
    attached(await machine.add(pod));
    await kill(machine, 'DEL', { act, step });
    expectSilence(await machine.del(pod));
    expect(await machine.snapshot()).toEqual(before);
  });
});

describe.concurrent('an ip that outlives the plugin', () => {
  const move = moveOf(STEPS.add);

  test.for([1, move, move + 3])(
    'keeps the lock: DEL waits for it (change %i), then restores',
    async (step, { machine }) => {
      await withAltnames(machine);
      const before = await machine.snapshot();
      await machine.interpose({ act: 'kill-amid', step }, async () => {
        await machine.add(pod);
      });
      expectSilence(await machine.del(pod));
      expect(await machine.snapshot()).toEqual(before);
    },
  );
});

describe.concurrent('the VF of a killed ADD', () => {
  test('goes to another pod if it was still at home', async ({ machine }) => {
    await withAltnames(machine);
    const before = await machine.snapshot();
    await kill(machine, 'ADD', { act: 'kill-before', step: moveOf(STEPS.add) });
    const other = { netconf: ALL_SETTINGS, containerId: 'c2', netns: netnsOf('pod2') };
    const result = attached(await machine.add(other));
    expectSilence(await machine.del(pod));
    expectSilence(await machine.check(other, result));
    expectSilence(await machine.del(other));
    expect(await machine.snapshot()).toEqual(before);
  });
});
