/** Commands that are killed, as runtimes do with SIGKILL when they lose patience: whatever comes next puts it right. */
import { describe, test } from 'vitest';
import { seedOf, tell, times } from '../figures.ts';
import { KILL_CASES } from './kill-cases.ts';
import { COMMANDS, type Command } from './kill-points.ts';
import { createStage, FOLLOW_UPS, type Stage } from './kill-stage.ts';

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

describe.concurrent('whenever ADD, DEL or GC is killed, DEL, ADD, ADD of another pod and GC put it right', () => {
  test.for(KILL_CASES)('$name (DEF-13, PAIN-14)', { timeout: PATIENCE_MS }, async (killCase) => {
    const stage = await createStage(killCase);
    for (const command of COMMANDS) await killEverywhere(stage, command, killCase.name);
    await stage.stop();
  });
});

async function killEverywhere(stage: Stage, command: Command, name: string): Promise<void> {
  const points = await stage.pointsOf(command);
  const deaths = points.flatMap((point) => FOLLOW_UPS.map((followUp) => ({ point, followUp })));
  const chosen = someOf(deaths, times({ fast: 6, soak: deaths.length }));
  const counts = new Map<string, number>();
  for (const { point, followUp } of chosen) {
    const outcome = await stage.dieThen(command, point, followUp).catch((cause: Error) => {
      cause.message = `${command}, ${point.what}, then ${followUp}: ${cause.message}`;
      throw cause;
    });
    for (const what of [point.kind, `then ${outcome}`]) counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  const figures = { points: points.length, deaths: chosen.length, ...Object.fromEntries(counts) };
  tell(`killed ${command}, ${name}`, figures);
}
