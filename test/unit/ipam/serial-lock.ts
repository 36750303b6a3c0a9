import type { WithLock } from '../../../ipam/disk-reservations.ts';

/** A lock within this process: one action after the other, and a note of each path it was asked for. */
export function serialLock(): { withLock: WithLock; asked: string[] } {
  const asked: string[] = [];
  let last: Promise<unknown> = Promise.resolve();
  const withLock: WithLock = (path, action) => {
    asked.push(path);
    const turn = last.then(action);
    last = turn.catch(() => undefined);
    return turn;
  };
  return { withLock, asked };
}
