/** Who may run at the same time. */

/** Lets so many actions run at once; tells how many it were at most. */
export function createTurnstile(places: number) {
  let free = places;
  let busiest = 0;
  const waiting: (() => void)[] = [];
  const pass = async <T>(action: () => Promise<T>): Promise<T> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    busiest = Math.max(busiest, places - free);
    try {
      return await action();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
  return Object.assign(pass, { busiest: () => busiest });
}

/** Actions of two kinds: any number of those that pass, or one alone. */
export function createGate() {
  const inside = new Set<Promise<unknown>>();
  let last: Promise<unknown> = Promise.resolve();
  return {
    async pass<T>(action: () => Promise<T>): Promise<T> {
      for (let seen: unknown; seen !== last; ) {
        seen = last;
        await last;
      }
      const running = action();
      inside.add(running);
      return running.finally(() => inside.delete(running));
    },
    alone(action: () => Promise<void>): Promise<void> {
      const before = last;
      const running = before.then(() => Promise.allSettled(inside)).then(action);
      last = running.catch(() => {});
      return running;
    },
  };
}
