/** A driver refuses what a network asks for with everything that there is to ask, one change after the other. */
import { afterAll, describe, expect } from 'vitest';
import { isSoak, tell } from '../figures.ts';
import { LIVES, type Life, prepare, stepsOf, traceOf } from './lives.ts';
import type { Machine } from './machine.ts';
import { test } from './machine-test.ts';
import { attached, expectSilence, type Outcome, refused } from './outcome.ts';
import { disturbed, isAnnouncement } from './steps.ts';

const names = Object.keys(LIVES) as Life[];
const lives = await Promise.all(names.map(async (life) => ({ life, ...(await stepsOf(life)) })));
const podOf = (life: Life) => ({ netconf: LIVES[life] });

/** Of all lives. All in the long form, else every n-th, from the first on. */
const stepsWith = (which: 'add' | 'del', nth: number) =>
  lives.flatMap(({ life, ...steps }) =>
    steps[which]
      .filter((step) => !isAnnouncement(step))
      .filter((_, index) => isSoak || index % nth === 0)
      .map((step) => ({ life, ...step })),
  );

tell(
  'refusable changes',
  Object.fromEntries(lives.map(({ life, add, del }) => [life, add.length + del.length])),
);

/** Ends where it began, at once or, where restoring is said to be incomplete, by the next DEL. */
async function mustEndAs(before: object, { answer }: Outcome, { machine, life }: Place): Promise<string> {
  const isIncomplete = answer?.code === 105 || answer?.details?.includes('Restoring is incomplete');
  if (isIncomplete) {
    const { state } = await machine.snapshot();
    expect(Object.keys(state)).toContain('sriov-attachments/0000:01:10.0.json');
    expectSilence(await machine.del(podOf(life)));
  }
  expect(await traceOf(machine)).toEqual(before);
  return isIncomplete ? 'restored by the next DEL' : 'restored at once';
}

type Place = { readonly machine: Machine; readonly life: Life };

const ends: Record<string, number> = {};
const count = (what: string) => {
  ends[what] = (ends[what] ?? 0) + 1;
};

describe.concurrent('ADD fails with the words of the kernel, and everything is as before, where', () => {
  test.for(stepsWith('add', 3))('$life: the driver lacks $name', async ({ life, step }, { machine }) => {
    await prepare(machine, life);
    const before = await traceOf(machine);
    const outcome = await disturbed(machine, { act: 'unsupported', step }, () => machine.add(podOf(life)));
    expect(refused(outcome, 'kernel-refused')).toMatch(/^Cannot .*: .*Operation not supported/);
    count(`ADD, not supported: ${await mustEndAs(before, outcome, { machine, life })}`);
  });

  test.for([
    ['vlan', 'VLAN 100 with priority 3 by 802.1ad'],
    ['spoofchk', 'spoofchk off'],
    ['trust', 'trust on'],
    ['state', 'link state enable'],
    ['max_tx_rate', 'greatest transmit rate 200 Mbit/s'],
    ['mac', 'admin MAC 02:aa:00:00:00:01'],
  ])('the driver lacks %s, and has taken what stands before it', async ([key, words], { machine }) => {
    const life = 'addresses of its own store';
    await prepare(machine, life);
    const before = await traceOf(machine);
    await machine.sh(`echo ${key} >/run/pf-lacks`);
    const outcome = await machine.add(podOf(life));
    const details = refused(outcome, 'kernel-refused');
    expect(details).toContain(words);
    expect(details).toContain(': Operation not supported (ip link set dev pf0 vf 0');
    expect(details).not.toContain('incomplete');
    expect(await traceOf(machine)).toEqual(before);
  });

  test.for(stepsWith('add', 14))(
    '$life: the device stays busy at $name',
    async ({ life, step }, { machine }) => {
      await prepare(machine, life);
      const before = await traceOf(machine);
      const outcome = await disturbed(machine, { act: 'busy', step }, () => machine.add(podOf(life)));
      expect(refused(outcome, 'kernel-refused')).toMatch(/^Cannot .*: .*Device or resource busy/);
      count(`ADD, busy: ${await mustEndAs(before, outcome, { machine, life })}`);
    },
  );
});

describe.concurrent('a device that is busy twice at each change', () => {
  test.for(names)('is attached and restored: %s (PAIN-16)', async (life, { machine }) => {
    const plan = { act: 'busy-twice', step: 0 } as const;
    await prepare(machine, life);
    const before = await traceOf(machine);
    attached(await disturbed(machine, plan, () => machine.add(podOf(life))));
    expect(await traceOf(machine)).not.toEqual(before);
    expectSilence(await disturbed(machine, plan, () => machine.del(podOf(life))));
    expect(await traceOf(machine)).toEqual(before);
  });
});

describe.concurrent('DEL gets over it or keeps the record, and the next DEL restores, where', () => {
  test.for([
    ...stepsWith('del', 3).map((step) => ({ ...step, act: 'refuse' as const })),
    ...stepsWith('del', 14).map((step) => ({ ...step, act: 'busy' as const })),
  ])('$life: $act of change $step, $name', async ({ life, step, act }, { machine }) => {
    await prepare(machine, life);
    const before = await traceOf(machine);
    attached(await machine.add(podOf(life)));
    const outcome = await disturbed(machine, { act, step }, () => machine.del(podOf(life)));
    if (outcome.code === 0) expectSilence(outcome);
    else expect(refused(outcome, 'undo-incomplete')).toMatch(/not permitted|resource busy/);
    count(`DEL, ${act}: ${await mustEndAs(before, outcome, { machine, life })}`);
  });
});

afterAll(() => tell('refused changes', ends));
