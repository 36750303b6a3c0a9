/** Commands in random order, many at once: the machine is at all times what a model says. */
import { expect } from 'vitest';
import { isSoak, seedOf, tell, times } from '../figures.ts';
import { machineTest } from './machine-test.ts';
import { createRace, endAll, run } from './race.ts';

const VFS = 14;
const ROUNDS_BETWEEN_LOOKS = 2;
/** With fewer, and with fewer of them at once, there is no race to speak of. */
const MIN_OPERATIONS = times({ fast: 100, soak: 1000 });
const MIN_AT_ONCE = 32;

machineTest({ vfs: VFS, pods: [] })(
  'pods come and go on 14 VFs, up to 64 commands at once: no VF is lost or in two hands, no address leaked or given twice',
  { timeout: isSoak ? 600_000 : 120_000 },
  async ({ machine }) => {
    const race = createRace(machine, seedOf('races'));
    const before = await machine.snapshot();
    const startMs = performance.now();
    for (let look = 0; look < times({ fast: 1, soak: 5 }); look++) {
      await run(race, VFS, { from: look * ROUNDS_BETWEEN_LOOKS, count: ROUNDS_BETWEEN_LOOKS });
      race.model.expectAgreement(await machine.snapshot(), VFS);
    }
    await endAll(race);
    expect(await machine.snapshot()).toEqual(before);
    const operations = [...race.counts.values()].reduce((sum, count) => sum + count, 0);
    const atOnce = race.turnstile.busiest();
    tell('races', {
      operations,
      'at once': atOnce,
      ...Object.fromEntries([...race.counts].sort()),
      seconds: Math.round((performance.now() - startMs) / 1000),
    });
    expect(operations).toBeGreaterThanOrEqual(MIN_OPERATIONS);
    expect(atOnce).toBeGreaterThanOrEqual(MIN_AT_ONCE);
  },
);
