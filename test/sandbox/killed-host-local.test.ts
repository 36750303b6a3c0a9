/** The executable as `host-local`, killed in a directory so large that it remembers who holds what: no address is lost. */
import { describe, expect } from 'vitest';
import { chanceOf } from '../chance.ts';
import { isSoak, seedOf, tell } from '../figures.ts';
import { ipamCall, withHostLocal } from './as-host-local.ts';
import { dieThen, type Point, pointsOf } from './kill-points.ts';
import type { Machine } from './machine.ts';
import { machineTest } from './machine-test.ts';
import { attached, expectSilence } from './outcome.ts';

const test = machineTest({ vfs: 0, pods: ['pod1'], store: 'size=8m' });

const NETWORK = '/var/lib/cni/networks/net';
/** Of one address, so that each ADD is given the same. */
const CALL = ipamCall({ subnet: '10.1.2.0/30' }, { containerId: 'c1' });
const CHOSEN = 6;

const forget = (machine: Machine) => machine.sh(`rm -rf ${NETWORK}/.holders`);
const end = async (machine: Machine) => expectSilence(await machine.del(CALL));
const make = async (machine: Machine) => void attached(await machine.add(CALL));

/** What comes before, so that each run makes the same calls. */
const CASES = [
  ['ADD', 'of what is known', [end]],
  ['DEL', 'of what is known', [end, make]],
  ['ADD', 'that reads all', [end, forget]],
  ['DEL', 'that reads all', [end, make, forget]],
] as const;

describe.concurrent('DEL releases all that the container holds, and no other, after', () => {
  test.for(CASES)('%s %s is killed', { timeout: 1_800_000 }, async ([command, what, steps], { machine }) => {
    await withHostLocal(machine);
    await machine.sh(
      `mkdir -p ${NETWORK}; cd ${NETWORK}; for n in $(seq 900); do echo c2 >10.9.$((n / 250)).$((n % 250)); done`,
    );
    // The first ADD makes directories.
    await make(machine);
    const prepare = async () => {
      for (const step of steps) await step(machine);
    };
    const making = { machine, command, call: CALL };
    const points = await pointsOf(making, prepare);
    const title = `killed host-local, ${command} ${what}`;
    for (const point of someOf(points, seedOf(title))) {
      await dieThen({ making, prepare, next: () => end(machine) }, point);
      expect(
        await machine.sh(`{ grep -rlx 'c1.*' ${NETWORK} || true; } | wc -l; ls ${NETWORK} | grep -c '^10.9'`),
        point.what,
      ).toBe('0\n900');
    }
    tell(title, { points: points.length, lost: 0 });
    await make(machine);
    await end(machine);
  });
});

function someOf(points: readonly Point[], seed: number): readonly Point[] {
  const chance = chanceOf(seed);
  if (isSoak) return points;
  return Array.from({ length: CHOSEN }, () => points[chance.below(points.length)]).flatMap(
    (point) => point ?? [],
  );
}
