import { expect, test } from 'vitest';
import { retry } from '../../../src/attachment/retry.ts';
import { createClock } from '../../../src/model/clock.ts';

async function triesUntil(successAt: number, upToMs: number) {
  const clock = createClock();
  const logged: string[] = [];
  const world = {
    log: (_level: string, message: string) => void logged.push(message),
    pause: async (ms: number) => clock.pass(ms),
  };
  let tries = 0;
  const isDone = await retry(world, { why: 'it is late', upToMs }, async () => {
    tries += 1;
    return tries >= successAt;
  });
  return { isDone, tries, waitedMs: clock.now(), logged };
}

test('a first success costs no time and no line in the log', async () => {
  expect(await triesUntil(1, 1000)).toEqual({ isDone: true, tries: 1, waitedMs: 0, logged: [] });
});

test('without time there is one try', async () => {
  expect(await triesUntil(2, 0)).toEqual({ isDone: false, tries: 1, waitedMs: 0, logged: [] });
});

test('pauses grow, and the log says once why', async () => {
  const { isDone, waitedMs, logged } = await triesUntil(5, 1000);
  expect([isDone, waitedMs, logged]).toEqual([true, 5 + 10 + 20 + 40, ['Waiting up to 1000 ms: it is late']]);
});

test('in the end it gives up, not much later than told', async () => {
  const { isDone, waitedMs } = await triesUntil(Number.POSITIVE_INFINITY, 1000);
  expect(isDone).toBe(false);
  expect(waitedMs).toBeGreaterThanOrEqual(1000);
  expect(waitedMs).toBeLessThan(1150);
});
