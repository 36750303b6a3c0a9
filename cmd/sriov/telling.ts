/** What the log says of a command as a whole. */
import { type Json, valueAt } from '../../schemas/decode.ts';
import type { Environment } from '../../schemas/environment.ts';
import { logConfOf } from '../../schemas/partial-conf.ts';
import type { Policy } from '../../schemas/policy.ts';
import { monotonicMs } from '../../src/attachment/monotonic.ts';
import { logFileViolation } from '../../src/attachment/policy.ts';
import type { Log } from '../../src/attachment/ports.ts';
import { createLog } from '../../src/host/log.ts';

/** What was read of a command; not all of it need be right. */
export type Read = { readonly env: Environment; readonly json: Json };

/** Of `name`, which says warnings and errors alone if it is quiet. */
export type Voice = { readonly name: string; readonly isQuiet: boolean };

/** A `logFile` that the policy forbids is not even looked at. */
export function logOf({ env, json }: Read, { name, isQuiet }: Voice, policy: Policy): Log {
  const { logLevel, logFile } = logConfOf(json);
  const network = valueAt(json, ['name']);
  const violation = logFileViolation(policy, logFile);
  const log = createLog({
    level: logLevel ?? (isQuiet ? 'warning' : undefined),
    file: violation ? undefined : logFile,
    fields: {
      cniName: name,
      command: env['CNI_COMMAND'],
      containerID: env['CNI_CONTAINERID'],
      netns: env['CNI_NETNS'],
      ifname: env['CNI_IFNAME'],
      network: typeof network === 'string' ? network : undefined,
    },
  });
  if (violation) log('warning', violation);
  return log;
}

export function tellOddities(sentences: readonly string[], log: Log): void {
  for (const sentence of sentences) log('warning', sentence);
}

/** What is odd about a request is the reason for its refusal as often as not. */
export function tellRefusal(cause: Error, oddities: readonly string[], log: Log): void {
  tellOddities(oddities, log);
  log('error', `refused: ${cause.message}`);
}

/** How a command ended, and how long it took. */
export async function told<T>(command: string, log: Log, action: () => Promise<T>): Promise<T> {
  const started = monotonicMs();
  const ms = () => ({ ms: Math.round(monotonicMs() - started) });
  try {
    const result = await action();
    log('info', `${command} done`, ms());
    return result;
  } catch (cause) {
    log('error', `${command} failed: ${(cause as Error).message}`, ms());
    throw cause;
  }
}
