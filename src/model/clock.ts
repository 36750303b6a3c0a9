/** Virtual time: it moves when somebody pauses or asks the machine, and what was due happens then, in order. */
export type Clock = {
  readonly now: () => number;
  readonly after: (ms: number, happen: () => void) => void;
  readonly pass: (ms: number) => void;
};

type Event = { readonly at: number; readonly happen: () => void };

export function createClock(): Clock {
  let now = 0;
  let events: Event[] = [];

  const nextUntil = (end: number) =>
    events.filter(({ at }) => at <= end).reduce<Event | undefined>(earlier, undefined);

  return {
    now: () => now,
    after: (ms, happen) => void events.push({ at: now + ms, happen }),
    pass(ms) {
      const end = now + ms;
      for (let event = nextUntil(end); event; event = nextUntil(end)) {
        const happened = event;
        events = events.filter((other) => other !== happened);
        now = Math.max(now, happened.at);
        happened.happen();
      }
      now = end;
    },
  };
}

function earlier(first: Event | undefined, other: Event): Event {
  return first && first.at <= other.at ? first : other;
}
