import type { Result } from '../../schemas/result.ts';
import { add } from '../../src/attachment/add.ts';
import { check } from '../../src/attachment/check.ts';
import { del } from '../../src/attachment/del.ts';
import { gc } from '../../src/attachment/gc.ts';
import type { World } from '../../src/attachment/ports.ts';
import { status } from '../../src/attachment/status.ts';
import type { Request } from '../../src/cni/request.ts';

const recipes: { [C in Request['command']]: (request: Extract<Request, { command: C }>, world: World) => Promise<Result | void> } = {
  ADD: add,
  DEL: del,
  CHECK: check,
  GC: gc,
  STATUS: (_request, world) => status(world),
};

/** Carries the request out; a line in the log says how it ended and how long it took. */
export async function carryOut(request: Request, world: World): Promise<Result | undefined> {
  const started = performance.now();
  const told = (level: 'info' | 'error', outcome: string) =>
    world.log(level, `${request.command} ${outcome} (${Math.round(performance.now() - started)} ms)`);
  try {
    const recipe = recipes[request.command] as (request: Request, world: World) => Promise<Result | void>;
    const result = await recipe(request, world);
    told('info', 'done');
    return result || undefined;
  } catch (cause) {
    told('error', `failed: ${(cause as Error).message}`);
    throw cause;
  }
}
