import { type Change, refusalText, sentenceOf } from './change.ts';
import type { Host, Log } from './ports.ts';

/** The host, with a line in the log for every change and for every refusal. */
export function loggedHost(host: Host, log: Log): Host {
  const told = (changes: readonly Change[]) => {
    for (const change of changes) log('info', sentenceOf(change));
  };
  return {
    ...host,
    make: async (changes, sandbox) => {
      told(changes);
      const refusal = await host.make(changes, sandbox);
      if (refusal) log('warning', refusalText(refusal));
      return refusal;
    },
    makeAll: async (changes, sandbox) => {
      told(changes);
      const refusals = await host.makeAll(changes, sandbox);
      for (const refusal of refusals) log('warning', refusalText(refusal));
      return refusals;
    },
  };
}
