import { describe, expect, test } from 'vitest';
import { bounded, createDeadline } from '../../../src/host/deadline.ts';
import type { Ended } from '../../../src/host/run-child.ts';
import { createClock } from '../../../src/model/clock.ts';

const ENDED: Ended = { exitCode: 0, stdout: '', stderr: '' };

function started() {
  const clock = createClock();
  return { clock, deadline: createDeadline({ now: clock.now, forwardMs: 60_000, withUndoMs: 100_000 }) };
}

const busy = (message: string | RegExp) => expect.objectContaining({ fault: 'busy', message });
const OVER = 'Cannot run ip: the 60 s of this command are over, 35 s of them to run flock.';
const REST = 'DEL, or the next command for this VF, finishes the rest';

describe('what waits gets', () => {
  test('its own time, as long as there is that much', () => {
    const { clock, deadline } = started();
    clock.pass(40_000);
    expect(deadline.within(20_000, 'run ip')).toBe(20_000);
  });

  test('what is left, if that is less', () => {
    const { clock, deadline } = started();
    clock.pass(45_000);
    expect(deadline.within(20_000, 'run ip')).toBe(15_000);
  });

  test('whole milliseconds', () => {
    const { clock, deadline } = started();
    clock.pass(45_000.25);
    expect(deadline.within(20_000, 'run ip')).toBe(15_000);
  });

  test('nothing after the end, and is told what took the time', () => {
    const { clock, deadline } = started();
    deadline.within(35_000, 'run flock');
    clock.pass(35_000);
    deadline.within(20_000, 'run nsenter');
    clock.pass(20_000);
    deadline.within(5000, 'wait longer: the device is busy');
    clock.pass(5000);
    expect(() => deadline.within(20_000, 'run ip')).toThrow(busy(`${OVER} ${REST}`));
  });
});

describe('undoing', () => {
  test('has time of its own, and what comes after it has not', async () => {
    const { clock, deadline } = started();
    clock.pass(60_000);
    expect(await deadline.whileUndoing(async () => deadline.within(60_000, 'run ip'))).toBe(40_000);
    expect(() => deadline.within(1, 'run ip')).toThrow();
  });

  test('that fails leaves no more time, either', async () => {
    const { clock, deadline } = started();
    clock.pass(60_000);
    await expect(deadline.whileUndoing(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(() => deadline.within(1, 'run ip')).toThrow();
  });

  test('ends, too', async () => {
    const { clock, deadline } = started();
    clock.pass(100_000);
    const late = deadline.whileUndoing(async () => deadline.within(1, 'run ip'));
    await expect(late).rejects.toThrow(busy(expect.stringContaining('the 100 s of this command are over')));
  });
});

describe('a program', () => {
  const call = { program: 'ip', timeoutMs: 20_000 };
  const nameOf = ({ program }: typeof call) => program;

  test('is run within what is left', async () => {
    const { clock, deadline } = started();
    clock.pass(50_000);
    const times: number[] = [];
    const run = bounded(
      async ({ timeoutMs }: typeof call) => {
        times.push(timeoutMs);
        return ENDED;
      },
      nameOf,
      deadline,
    );
    expect(await run(call)).toBe(ENDED);
    expect(times).toEqual([10_000]);
  });

  test('that could not be killed is the last: nothing is undone behind its back', async () => {
    const { deadline } = started();
    const run = bounded(async () => ({ ...ENDED, stuckPid: 77 }), nameOf, deadline);
    expect(await run(call)).toMatchObject({ stuckPid: 77 });
    const why = 'Cannot run ip: process 77 hangs in the kernel, and may still do its work.';
    await expect(deadline.whileUndoing(() => run(call))).rejects.toThrow(busy(`${why} ${REST}`));
  });
});
