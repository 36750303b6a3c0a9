import { type Change, type Refusal, refusalText, sentenceOf } from './change.ts';
import { monotonicMs } from './monotonic.ts';
import type { Host, Log } from './ports.ts';

/**
 * The host, with a line in the log for every change that was asked for and for every refusal. Changes go to the kernel
 * together: `ms` is the time of all that were made with the one in the line, `of` their number.
 */
export function loggedHost(host: Host, log: Log): Host {
  async function told<T>(changes: readonly Change[], action: () => Promise<T>): Promise<T> {
    if (changes.length === 0) return action();
    const started = monotonicMs();
    const outcome = await action();
    const fields = { ms: Math.round(monotonicMs() - started), of: changes.length };
    for (const change of changes) log('info', sentenceOf(change), fields);
    return outcome;
  }
  const refused = (refusals: readonly Refusal[]) => {
    for (const refusal of refusals) log('warning', refusalText(refusal));
  };
  return {
    ...host,
    make: async (changes, sandbox) => {
      const refusal = await told(changes, () => host.make(changes, sandbox));
      refused(refusal ? [refusal] : []);
      return refusal;
    },
    makeAll: async (changes, sandbox) => {
      const refusals = await told(changes, () => host.makeAll(changes, sandbox));
      refused(refusals);
      return refusals;
    },
  };
}
