/** Commands that are killed, as runtimes do with SIGKILL when they lose patience: whatever comes next puts it right. */
import { describe, expect } from 'vitest';
import { seedOf, tell, times } from '../figures.ts';
import { KILL_CASES, type KillCase } from './kill-cases.ts';
import { COMMANDS, type Command, type Point } from './kill-points.ts';
import { createStage, FOLLOW_UPS, type Stage } from './kill-stage.ts';
import { test } from './machine-test.ts';
import { IPV4, network } from './networks.ts';
import { attached, expectSilence } from './outcome.ts';

const PATIENCE_MS = 3_600_000;
const share = (seedOf('killed') % 1000) / 1000;

/** So many, or all, spread evenly; with every seed others. */
function someOf<T>(all: readonly T[], count: number): readonly T[] {
  const stride = Math.max(1, all.length / count);
  const starts = Array.from({ length: Math.min(count, all.length) }, (_, n) =>
    Math.floor((n + share) * stride),
  );
  return all.filter((_, index) => stride === 1 || starts.includes(index));
}

/** How many points each command of each attachment has. */
const found: number[] = [];
/** Of one attachment: about half of what the smallest has. */
const MIN_POINTS: Readonly<Record<Command, number>> = { ADD: 20, DEL: 15, GC: 15 };
const MIN_POINTS_OF_ALL = 500;

/** By these an ADD keeps its record and its addresses, and asks for its changes. */
const EFFECTS_OF_ADD = ['write', 'fsync', 'rename', 'clone'];
const EFFECTS_OF_RESERVING = ['link', 'unlink'];

describe.concurrent('whenever ADD, DEL or GC is killed, DEL, ADD, ADD of another pod and GC put it right', () => {
  test.for(KILL_CASES)('$name (DEF-13, PAIN-14)', { timeout: PATIENCE_MS }, async (killCase) => {
    const stage = await createStage(killCase);
    for (const command of COMMANDS) found.push(await killEverywhere(stage, command, killCase));
    await stage.stop();
  });
});

test('these attachments have hundreds of points to be killed at', () => {
  const points = found.reduce((sum, count) => sum + count, 0);
  tell('killed, all attachments', { points });
  expect(points).toBeGreaterThanOrEqual(MIN_POINTS_OF_ALL);
});

// An orphan of flock(1) would take the lock, for nobody, until it ends.
test('an ADD that is killed while it waits for the lock is put right as well', async ({ machine }) => {
  const pod = { netconf: network({ ipam: IPV4 }) };
  const before = await machine.snapshot();
  const lock = '/var/lib/cni/sriov-attachments/0000:01:10.0.lock';
  await machine.sh(`mkdir -p "$(dirname ${lock})"; touch ${lock}`);
  const waits = `until grep -q -- "-> FLOCK .*:$(stat -c %i ${lock}) " /proc/locks; do sleep 0.01; done`;
  const holding = machine.sh(
    `exec 9>${lock}; flock 9; touch /run/held; ${waits}; kill -KILL "$(cat /run/pid)"`,
  );
  await machine.sh('until [ -e /run/held ]; do sleep 0.01; done');
  const via = ['bash', '-c', 'echo $$ >/run/pid; exec "$@"', 'bash'];
  expect((await machine.cni('ADD', { ...pod, via })).answer).toBeUndefined();
  expectSilence(await machine.del(pod));
  await holding;
  expect(await machine.snapshot()).toEqual(before);
  attached(await machine.add(pod));
  expectSilence(await machine.del(pod));
  expect(await machine.snapshot()).toEqual(before);
});

/** At all its points, or some of them; returns how many it has. */
async function killEverywhere(stage: Stage, command: Command, killCase: KillCase): Promise<number> {
  const points = await stage.pointsOf(command);
  mustBeMany(points, command, killCase);
  const deaths = FOLLOW_UPS.flatMap((followUp) => points.map((point) => ({ point, followUp })));
  const chosen = someOf(deaths, times({ fast: 2, soak: deaths.length }));
  const counts = new Map<string, number>();
  for (const { point, followUp } of chosen) {
    const outcome = await stage.dieThen(command, point, followUp).catch((cause: Error) => {
      cause.message = `${command}, ${point.what}, then ${followUp}: ${cause.message}`;
      throw cause;
    });
    for (const what of [point.kind, `then ${outcome}`]) counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  const figures = { points: points.length, deaths: chosen.length, ...Object.fromEntries(counts) };
  tell(`killed ${command}, ${killCase.name}`, figures);
  return points.length;
}

/** A trace in which nothing is recognized would have no points. */
function mustBeMany(points: readonly Point[], command: Command, { pod }: KillCase): void {
  expect(points.length).toBeGreaterThanOrEqual(MIN_POINTS[command]);
  if (command !== 'ADD') return;
  const isReserving = JSON.stringify(pod.netconf).includes('"host-local"');
  const expected = [...EFFECTS_OF_ADD, ...(isReserving ? EFFECTS_OF_RESERVING : [])];
  expect(points.map(({ kind }) => kind)).toEqual(expect.arrayContaining(expected));
}
