import type { Result } from '../../schemas/result.ts';
import { add } from '../../src/attachment/add.ts';
import { check } from '../../src/attachment/check.ts';
import { del } from '../../src/attachment/del.ts';
import { gc } from '../../src/attachment/gc.ts';
import type { World } from '../../src/attachment/ports.ts';
import { status } from '../../src/attachment/status.ts';
import type { Request } from '../../src/cni/request.ts';

type Silent = Exclude<Request['command'], 'ADD'>;

/** Commands that answer nothing if all is well. */
const silent: { [C in Silent]: (request: Extract<Request, { command: C }>, world: World) => Promise<void> } =
  {
    DEL: del,
    CHECK: check,
    GC: gc,
    STATUS: (_request, world) => status(world),
  };

async function perform(request: Request, world: World): Promise<Result | undefined> {
  if (request.command === 'ADD') return add(request, world);
  await (silent[request.command] as (request: Request, world: World) => Promise<void>)(request, world);
  return undefined;
}

/** Carries the request out; a line in the log says how it ended and how long it took. */
export async function carryOut(request: Request, world: World): Promise<Result | undefined> {
  const started = performance.now();
  const told = (level: 'info' | 'error', outcome: string) =>
    world.log(level, `${request.command} ${outcome} (${Math.round(performance.now() - started)} ms)`);
  try {
    const result = await perform(request, world);
    told('info', 'done');
    return result;
  } catch (cause) {
    told('error', `failed: ${(cause as Error).message}`);
    throw cause;
  }
}
