/**
 * The steps of a process that leave something behind: changes, records, reservations. One of them can be refused,
 * before or (late) after it took effect, or be the last that the process makes.
 */
export type Blow = 'refused' | 'refused late' | 'killed';

/** What the process would never have seen: no code may act on it, and none can, for its hands are tied. */
export class Killed extends Error {}

export type Steps = {
  /** The sentences of the steps of this process. */
  readonly taken: () => readonly string[];
  /** Takes a step: the effect's answer, or that of a refusal. */
  readonly take: <T>(sentence: string, effect: () => T, refuse: () => T) => T;
  /** A new process, which knows nothing. The step with that number, from 1 on, is its blow. */
  readonly newProcess: (blow?: { readonly at: number; readonly is: Blow }) => void;
  /** From now on, every step whose sentence matches is refused; none without a pattern. */
  readonly refuseEvery: (pattern?: RegExp) => void;
  /** Called after every step. */
  readonly watch: (look: () => void) => void;
  readonly mustLive: () => void;
};

export function createSteps(): Steps {
  let taken: string[] = [];
  let planned: { readonly at: number; readonly is: Blow } | undefined;
  let pattern: RegExp | undefined;
  let isDead = false;
  let look = () => {};

  const die = () => {
    isDead = true;
    throw new Killed('killed');
  };
  const mustLive = () => void (isDead && die());
  const blowNow = (sentence: string) =>
    pattern?.test(sentence) ? 'refused' : planned?.at === taken.length ? planned.is : undefined;

  return {
    taken: () => taken,
    take(sentence, effect, refuse) {
      mustLive();
      taken.push(sentence);
      const blow = blowNow(sentence);
      if (blow === 'refused') return refuse();
      const answer = effect();
      look();
      if (blow === 'killed') return die();
      return blow === 'refused late' ? refuse() : answer;
    },
    newProcess(blow) {
      [taken, planned, isDead] = [[], blow, false];
    },
    refuseEvery(every) {
      pattern = every;
    },
    watch(watching) {
      look = watching;
    },
    mustLive,
  };
}
