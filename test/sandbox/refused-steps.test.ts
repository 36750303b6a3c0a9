/** The kernel refuses ADD at each of its changes in turn. */
import { describe, expect } from 'vitest';
import type { Machine } from './machine.ts';
import { test } from './machine-test.ts';
import { ALL_SETTINGS } from './networks.ts';
import { addressesOf, attached, expectSilence, refused } from './outcome.ts';
import { disturbed, isAnnouncement, STEPS, withAltnames } from './steps.ts';

const pod = { netconf: ALL_SETTINGS };

const addDisturbed = (machine: Machine, act: 'refuse' | 'refuse-from', step: number) =>
  disturbed(machine, { act, step }, () => machine.add(pod));

const KINDS = ['link set', 'link property', 'tee /proc/sys/net', 'address add', 'route prepend'];

test.for(KINDS)('an ADD with all settings makes a change of the kind %s', (kind) => {
  expect(STEPS.add.filter(({ name }) => name.startsWith(kind))).not.toEqual([]);
});

test('an ADD with all settings changes what the other tests compare, and DEL changes it back', async ({
  machine,
}) => {
  await withAltnames(machine);
  const before = await machine.snapshot();
  attached(await machine.add(pod));
  expect(await machine.snapshot()).not.toEqual(before);
  expectSilence(await machine.del(pod));
  expect(await machine.snapshot()).toEqual(before);
});

const REFUSABLE = STEPS.add.filter((step) => !isAnnouncement(step));

describe.concurrent.for(REFUSABLE)('change $step, $name', ({ step }) => {
  test('refused: ADD fails with one answer, and everything is as before (F3, DEF-1, PAIN-1)', async ({
    machine,
  }) => {
    await withAltnames(machine);
    const before = await machine.snapshot();
    const details = refused(await addDisturbed(machine, 'refuse', step), 'kernel-refused');
    expect(details).toMatch(/^Cannot .*: .*Operation not permitted/);
    expect(details).not.toContain('incomplete');
    expect(await machine.snapshot()).toEqual(before);
  });

  test('refused, and all behind it: ADD says what is left, and the next DEL restores it', async ({
    machine,
  }) => {
    await withAltnames(machine);
    const before = await machine.snapshot();
    const details = refused(await addDisturbed(machine, 'refuse-from', step), 'kernel-refused');
    const isUntouched = step === 1;
    expect(details.includes('Restoring is incomplete')).toBe(!isUntouched);
    const { state } = await machine.snapshot();
    const kept = Object.keys(state).filter((file) => !file.endsWith('.new'));
    expect(kept).toHaveLength(isUntouched ? 0 : 3);
    expectSilence(await machine.del(pod));
    expect(await machine.snapshot()).toEqual(before);
  });
});

test.for(STEPS.add.filter(isAnnouncement))('$name refused: ADD succeeds', async ({ step }, { machine }) => {
  await withAltnames(machine);
  attached(await addDisturbed(machine, 'refuse', step));
});

test('an address that a refused ADD gave back is free for the next (PAIN-53)', async ({ machine }) => {
  await withAltnames(machine);
  await addDisturbed(machine, 'refuse', REFUSABLE.length);
  const other = {
    netconf: { ...ALL_SETTINGS, ipam: { ...ALL_SETTINGS.ipam, ranges: undefined, subnet: '10.1.2.0/30' } },
  };
  expect(addressesOf(attached(await machine.add(other)))).toEqual(['10.1.2.2']);
});

describe.concurrent.for(STEPS.del)('DEL refused from its change $step on, $name', ({ step }) => {
  test('keeps record and addresses, says what is left, and the next DEL restores it (DEF-2, PAIN-11)', async ({
    machine,
  }) => {
    await withAltnames(machine);
    const before = await machine.snapshot();
    attached(await machine.add(pod));
    const { state } = await machine.snapshot();
    await machine.interpose({ act: 'refuse-from', step }, async () => {
      expect(refused(await machine.del(pod), 'undo-incomplete')).toContain('Operation not permitted');
    });
    expect((await machine.snapshot()).state).toEqual(state);
    expectSilence(await machine.del(pod));
    expect(await machine.snapshot()).toEqual(before);
  });
});
