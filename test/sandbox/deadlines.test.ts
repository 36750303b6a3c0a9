/** What hangs is given up in time: the command answers, and the next one finishes. */
import { describe, expect } from 'vitest';
import { isSoak, tell } from '../figures.ts';
import { createMachine, type Machine, type Plan } from './machine.ts';
import { test } from './machine-test.ts';
import { ALL_SETTINGS, network } from './networks.ts';
import { attached, expectSilence, type Outcome, refused } from './outcome.ts';
import { plantPlugin } from './plant-plugin.ts';
import { disturbed, moveOf, STEPS, withAltnames } from './steps.ts';

const pod = { netconf: ALL_SETTINGS };
const LOCK = '/var/lib/cni/sriov-attachments/0000:01:10.0.lock';
/** Runtimes give up after 2 minutes. */
const BOUND_MS = 110_000;
const LONG = 180_000;

async function timed(name: string, action: () => Promise<Outcome>): Promise<Outcome> {
  const begun = performance.now();
  const outcome = await action();
  const ms = performance.now() - begun;
  tell(`hanging: ${name}`, { seconds: Math.round(ms / 100) / 10, code: outcome.answer?.code ?? 0 });
  expect(ms).toBeLessThan(BOUND_MS);
  return outcome;
}

const hanging = (machine: Machine, plan: Plan, action: () => Promise<Outcome>) =>
  disturbed(machine, plan, () => timed(`${plan.act} ${plan.step}`, action));

const stepOf = (name: string) => STEPS.add.find((step) => step.name.startsWith(name))?.step ?? 0;

describe.concurrent('ADD', () => {
  test.for([
    ['the first', 1, 'ip did not end within 20 s and was killed'],
    ['one in the sandbox', stepOf('address add'), 'ip did not end within 20 s and was killed'],
    ['one by tee', stepOf('tee'), 'tee did not end within 5 s and was killed'],
  ] as const)(
    'with a change that hangs, %s: says so, and is undone',
    async ([, step, words], { machine }) => {
      await withAltnames(machine);
      const before = await machine.snapshot();
      const outcome = await hanging(machine, { act: 'hang', step }, () => machine.add(pod));
      const details = refused(outcome, 'busy');
      expect(details).toContain(words);
      expect(details).not.toContain('incomplete');
      expect(await machine.snapshot()).toEqual(before);
      attached(await machine.add(pod));
    },
  );

  test('names who holds the lock for ever (DEF-24)', async ({ machine }) => {
    await machine.sh(`mkdir -p -m 700 $(dirname ${LOCK}); echo -n 'ADD for container c0' >${LOCK}`);
    const before = await machine.snapshot();
    const holder = machine.sh(`flock -x ${LOCK} sleep 50 || true`);
    await machine.sh(`while flock -n ${LOCK} true; do sleep 0.1; done`);
    const details = refused(await timed('lock', () => machine.add(pod)), 'busy');
    expect(details).toContain('ADD for container c0 has held it for 30 s');
    expect(await machine.snapshot()).toEqual(before);
    await machine.sh(`fuser -sk ${LOCK} || true`);
    await holder;
    attached(await machine.add(pod));
  });

  test('with a change that hangs in the kernel: ends, does nothing more, and the lock stays held', async ({
    machine,
  }) => {
    await withAltnames(machine);
    const before = await machine.snapshot();
    // Whatever becomes of this test, nothing stays frozen.
    await machine.sh(`truncate -s 4M /run/disk; mkfs.ext4 -q /run/disk; mkdir /run/frozen
      mount -o loop /run/disk /run/frozen; fsfreeze -f /run/frozen
      (sleep 55; fsfreeze -u /run/frozen) >/dev/null 2>&1 &`);
    const plan = { act: 'freeze', step: moveOf(STEPS.add) } as const;
    const outcome = await hanging(machine, plan, () => machine.add(pod));
    const isFree = await machine.sh(`flock -n ${LOCK} echo free || echo held`);
    await machine.sh('fsfreeze -u /run/frozen; umount -l /run/frozen');
    expect(isFree).toBe('held');
    const details = refused(outcome, 'busy');
    expect(details).toMatch(
      /^ip did not end within 20 s, and process \d+ cannot be killed: it hangs in the kernel/,
    );
    expect(details).toContain('Restoring is incomplete');
    expect(details).toContain('DEL, or the next command for this VF, finishes the rest');
    expectSilence(await machine.del(pod));
    expect(await machine.snapshot()).toEqual(before);
  });
});

/** So many programs are started by a DEL that nothing disturbs. */
async function callsOfDel(): Promise<number> {
  const machine = await createMachine();
  try {
    await withAltnames(machine);
    attached(await machine.add(pod));
    await machine.interpose({ act: 'hang-call', step: -1 }, async () =>
      expectSilence(await machine.del(pod)),
    );
    return Number(await machine.sh('wc -l </run/shim/calls'));
  } finally {
    await machine.stop();
  }
}

const calls = Array.from({ length: await callsOfDel() }, (_, index) => index + 1);

describe.concurrent('DEL', () => {
  test.for(isSoak ? calls : [1, Math.ceil(calls.length / 2), calls.length])(
    'whose program %i hangs: keeps the record, and the next DEL restores',
    async (step, { machine }) => {
      await withAltnames(machine);
      const before = await machine.snapshot();
      attached(await machine.add(pod));
      const outcome = await hanging(machine, { act: 'hang-call', step }, () => machine.del(pod));
      expect(refused(outcome, 'busy')).toContain('did not end within 20 s and was killed');
      expect(Object.keys((await machine.snapshot()).state)).toContain('sriov-attachments/0000:01:10.0.json');
      expectSilence(await machine.del(pod));
      expect(await machine.snapshot()).toEqual(before);
    },
  );
});

/** It keeps what it has inherited, as a client that waits for its server does. */
const HANGING = 'exec sleep infinity';

describe.concurrent.for(isSoak ? ['ADD', 'DEL'] : [])('an IPAM plugin that hangs', (command) => {
  test(`at ${command}: the command ends, and the next DEL finishes`, { timeout: LONG }, async ({
    machine,
  }) => {
    const netconf = network({ ipam: { type: 'hanging' } });
    const before = await machine.snapshot();
    await plantPlugin(machine, 'hanging', '#!/bin/bash\n[[ $CNI_COMMAND == ADD ]] && echo {}; true');
    if (command === 'DEL') attached(await machine.add({ netconf }));
    await plantPlugin(machine, 'hanging', `#!/bin/bash\n${HANGING}`);
    const outcome = await timed(`IPAM plugin at ${command}`, () => machine.cni(command, { netconf }));
    expect(refused(outcome, 'ipam-plugin-gone')).toMatch(/did not end within (60|59\.\d) s and was killed/);
    await plantPlugin(machine, 'hanging', '#!/bin/bash');
    expectSilence(await machine.del({ netconf }));
    expect(await machine.snapshot()).toEqual(before);
  });
});

describe.concurrent.for(isSoak ? ['ADD', 'DEL', 'CHECK'] : [])('ip that always hangs', (command) => {
  test(`at ${command}: the command ends, and the next DEL restores`, { timeout: LONG }, async ({
    machine,
  }) => {
    const before = await machine.snapshot();
    const prevResult = command === 'ADD' ? undefined : attached(await machine.add(pod));
    const call = command === 'CHECK' ? { netconf: { ...ALL_SETTINGS, prevResult } } : pod;
    const outcome = await hanging(machine, { act: 'hang-call', step: 0 }, () => machine.cni(command, call));
    refused(outcome, 'busy');
    expectSilence(await machine.del(pod));
    expect(await machine.snapshot()).toEqual(before);
  });
});
