/** The plugin sriov: what it reads, and how it carries a command out. */
import { rangeSetsOf } from '../../ipam/range-set.ts';
import type { Environment } from '../../schemas/environment.ts';
import type { Result } from '../../schemas/result.ts';
import { add } from '../../src/attachment/add.ts';
import { check } from '../../src/attachment/check.ts';
import { del } from '../../src/attachment/del.ts';
import { gc } from '../../src/attachment/gc.ts';
import type { Log, World } from '../../src/attachment/ports.ts';
import { status } from '../../src/attachment/status.ts';
import type { Plugin } from '../../src/cni/plugin.ts';
import { type CheckRanges, type Request, requestOf } from '../../src/cni/request.ts';
import { type Machine, worldOf } from './world.ts';

type Silent = Exclude<Request['command'], 'ADD'>;

/** Commands that answer nothing if all is well. */
const silent: { [C in Silent]: (request: Extract<Request, { command: C }>, world: World) => Promise<void> } =
  {
    DEL: del,
    CHECK: check,
    GC: gc,
    STATUS: status,
  };

async function perform(request: Request, world: World): Promise<Result | undefined> {
  if (request.command === 'ADD') return add(request, world);
  await (silent[request.command] as (request: Request, world: World) => Promise<void>)(request, world);
  return undefined;
}

export const checkRanges: CheckRanges = (ipam, ipRanges) => void rangeSetsOf(ipam, ipRanges);

export function sriovPlugin(machine: Machine, env: Environment): Plugin<Request> {
  return {
    requestOf: (call) => requestOf(call, checkRanges),
    run: (request, mustExpress) => {
      const world = worldOf(machine, request, { env, mustExpress });
      for (const warning of 'warnings' in request ? request.warnings : []) world.log('warning', warning);
      return told(request.command, world.log, () => perform(request, world));
    },
  };
}

/** A line in the log says how the command ended and how long it took. */
export async function told<T>(command: string, log: Log, action: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const ms = () => ({ ms: Math.round(performance.now() - started) });
  try {
    const result = await action();
    log('info', `${command} done`, ms());
    return result;
  } catch (cause) {
    log('error', `${command} failed: ${(cause as Error).message}`, ms());
    throw cause;
  }
}
