import type { World } from './ports.ts';

/** Why something is tried again, and how long. */
export type Patience = { readonly why: string; readonly upToMs: number };

const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 100;

/** Tries until `attempt` says true, at least once, with growing pauses. False if it never did. */
export async function retry(
  { log, pause }: Pick<World, 'log' | 'pause'>,
  { why, upToMs }: Patience,
  attempt: () => Promise<boolean>,
): Promise<boolean> {
  let waitedMs = 0;
  for (let pauseMs = FIRST_PAUSE_MS; !(await attempt()); pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    if (waitedMs >= upToMs) return false;
    if (waitedMs === 0) log('debug', `Waiting up to ${upToMs} ms: ${why}`);
    await pause(pauseMs, why);
    waitedMs += pauseMs;
  }
  return true;
}
