/** The plugin sriov: what it reads, and how it carries a command out. */
import { rangeSetsOf } from '../../ipam/range-set.ts';
import type { Environment } from '../../schemas/environment.ts';
import type { Result } from '../../schemas/result.ts';
import { unknownKeysIn } from '../../schemas/unknown-keys.ts';
import { add } from '../../src/attachment/add.ts';
import { check } from '../../src/attachment/check.ts';
import { del } from '../../src/attachment/del.ts';
import { gc } from '../../src/attachment/gc.ts';
import type { World } from '../../src/attachment/ports.ts';
import { status } from '../../src/attachment/status.ts';
import type { Plugin } from '../../src/cni/plugin.ts';
import { type CheckRanges, type Request, requestOf } from '../../src/cni/request.ts';
import { readPolicy } from '../../src/host/policy-file.ts';
import { logOf, tellOddities, tellRefusal, told, type Voice } from './telling.ts';
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

const VOICE: Voice = { name: 'sriov', isQuiet: false };

export function sriovPlugin(machine: Machine, env: Environment): Plugin<Request> {
  return {
    requestOf: (call) =>
      machine.trace.span({ row: 'command', name: 'check the request' }, () => requestOf(call, checkRanges)),
    run: (request, mustExpress, json) => {
      const policy = readPolicy(machine.policyFile);
      const log = logOf({ env, json }, VOICE, policy);
      if (request.command === 'ADD' || request.command === 'STATUS') tellOddities(unknownKeysIn(json), log);
      return machine.trace.span({ row: 'command', name: request.command }, () =>
        told(request.command, log, () =>
          perform(request, worldOf(machine, request, { env, log, policy, mustExpress })),
        ),
      );
    },
    refused: (cause, read) => {
      const log = logOf(read, VOICE, readPolicy(machine.policyFile));
      tellRefusal(cause, unknownKeysIn(read.json), log);
    },
  };
}
