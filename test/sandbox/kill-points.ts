/** Where a command can die, and how it is made to. */
import { expect } from 'vitest';
import { dieAt, dieAtCallOn, type Effect, effectsOf } from './kill-trace.ts';
import type { Call, KillAct, Machine } from './machine.ts';

export const COMMANDS = ['ADD', 'DEL', 'GC'] as const;
export type Command = (typeof COMMANDS)[number];
type Making = { readonly machine: Machine; readonly command: Command; readonly call: Call };

/** Entering an effect of the plugin's own. */
type AtEffect = { readonly effects: readonly Effect[]; readonly index: number };
/** At a change that it asks a child for. */
type InChild = { readonly act: KillAct; readonly step: number; readonly line: string };
/** `kind` is what figures count. */
export type Point = { readonly kind: string; readonly what: string } & (AtEffect | InChild);

const ACTS: readonly KillAct[] = [
  'kill-before',
  'kill-after',
  'kill-amid',
  'kill-group-before',
  'kill-group-after',
];

/** `prepare` makes the machine what the command expects. */
export async function pointsOf(making: Making, prepare: () => Promise<void>): Promise<Point[]> {
  const { machine, command, call } = making;
  await prepare();
  const effects = await effectsOf(machine, command, call);
  await prepare();
  const lines = await machine.interpose({ act: 'pass', step: 0 }, () => machine.cni(command, call));
  return [
    ...effects.map(({ name, path }, index) => ({ kind: name, what: `${name} ${path}`, effects, index })),
    ...lines.flatMap((line, index) =>
      ACTS.map((act) => ({ kind: kindOf(line), what: `${act} ${line}`, act, step: index + 1, line })),
    ),
  ];
}

/** `ip link set`, `tee`, `pool ADD` */
function kindOf(line: string): string {
  return /^(tee|\S+ (ADD|DEL))/.exec(line)?.[0] ?? `ip ${line.split(' ', 2).join(' ')}`;
}

/** Then goes on at once, maybe while children of the dead still act, and returns what that returns. */
export async function dieThen<T>(
  { making, prepare, next }: { making: Making; prepare: () => Promise<void>; next: () => Promise<T> },
  point: Point,
): Promise<T> {
  await prepare();
  if ('act' in point) return dieInChild(making, point, next);
  await dieAtEffect(making, point, prepare);
  return next();
}

/** By how much the ordinal of a write to a file with a random name may differ. Another write dies too early, or not at all. */
const OFFSETS = [0, 2, -2, 4, -4, 6, -6, 1, -1, 3, -3];

async function dieAtEffect(
  { machine, command, call }: Making,
  { effects, index }: AtEffect,
  prepare: () => Promise<void>,
): Promise<void> {
  const { name, ordinal = 0, path = '' } = effects[index] ?? {};
  const isOfLibuv = name === 'write' || name === 'close';
  const isRandom = isOfLibuv && path.includes('*');
  const isDead = (offset: number) =>
    isOfLibuv && !isRandom
      ? dieAtCallOn(path, machine, { command, call, effects, index })
      : dieAt(machine, { command, call }, { effects, index, ordinal: ordinal + offset });
  for (const offset of isRandom ? [...OFFSETS, ...OFFSETS, ...OFFSETS, ...OFFSETS] : [0]) {
    if (await isDead(offset)) return;
    await prepare();
  }
  throw new Error('The command never came to this call');
}

/** A group of its own, and no descriptor of ours that an orphan could keep open. */
const IN_A_GROUP = ['/usr/bin/setsid', 'bash', '-c', 'exec "$@" 2>/run/stderr', 'bash'];

async function dieInChild<T>(
  { machine, command, call }: Making,
  { act, step, line }: InChild,
  next: () => Promise<T>,
): Promise<T> {
  const results: T[] = [];
  await machine.interpose({ act, step }, async () => {
    const { answer } = await machine.cni(command, { ...call, via: IN_A_GROUP });
    expect(answer).toBeUndefined();
    const steps = (await machine.sh('cat /run/shim/steps; echo pass 0 >/run/shim/plan')).split('\n');
    expect(steps[step - 1]).toBe(line);
    if (act !== 'kill-amid') expect(steps).toHaveLength(step);
    results.push(await next());
  });
  expect(await machine.sh('cat /run/shim/unlocked || true')).toBe('');
  return results[0] as T;
}
