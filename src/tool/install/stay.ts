/** Stays, and repairs what somebody else has changed. */

const CALM_MS = 2000;
/** Two who want different files there would copy for ever. */
const LONGEST_MS = 300_000;

export type Post = {
  /** Whether what is installed is as it was left. */
  readonly isSound: () => boolean;
  /** What it cannot repair it tells, and is asked again. */
  readonly repair: () => Promise<void>;
  /** Rejects when it is time to go. */
  readonly wait: (ms: number) => Promise<unknown>;
};

/** Each repair makes the next look come later, until nothing is found wrong any more. */
export async function stay({ isSound, repair, wait }: Post): Promise<never> {
  for (let intervalMs = CALM_MS; ; ) {
    await wait(intervalMs);
    if (isSound()) {
      intervalMs = CALM_MS;
      continue;
    }
    await repair();
    intervalMs = Math.min(intervalMs * 2, LONGEST_MS);
  }
}
