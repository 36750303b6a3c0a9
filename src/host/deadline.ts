/** The time that one command has, of which everything that waits gets its part: see docs/decisions/deadlines.md. */
import { CniError } from '../../schemas/fault.ts';
import type { Converse } from './conversation.ts';
import type { Ended } from './run-child.ts';

export type Deadline = {
  /** The time for something, `run ip` for example: what is left, at most `upToMs`. Throws CniError `busy` if nothing is. */
  readonly within: (upToMs: number, what: string) => number;
  /** What is kept for undoing may be used by the action. */
  readonly whileUndoing: <T>(action: () => Promise<T>) => Promise<T>;
  /** From now on nothing may begin, for that reason. */
  readonly end: (why: string) => void;
};

export type Times = {
  /** A clock that never goes back, in ms. */
  readonly now: () => number;
  readonly forwardMs: number;
  readonly withUndoMs: number;
};

/** Of the 2 minutes after which kubelet gives up, and has us killed. */
export const FORWARD_MS = 60_000;
export const WITH_UNDO_MS = 100_000;

export const seconds = (ms: number) => Math.round(ms / 100) / 10;

export function createDeadline({ now, forwardMs, withUndoMs }: Times): Deadline {
  const begun = now();
  let allMs = forwardMs;
  let why: string | undefined;
  let last = { what: 'read the request', since: begun };
  let longest = { what: last.what, ms: 0 };

  /** What came before lasted until now. */
  function turnTo(what: string): void {
    const ms = now() - last.since;
    if (ms > longest.ms) longest = { what: last.what, ms };
    last = { what, since: now() };
  }

  return {
    within: (upToMs, what) => {
      turnTo(what);
      const leftMs = Math.ceil(begun + allMs - now());
      if (why === undefined && leftMs > 0) return Math.min(upToMs, leftMs);
      const spent = `the ${seconds(allMs)} s of this command are over, ${seconds(longest.ms)} s of them to ${longest.what}`;
      throw new CniError(
        'busy',
        `Cannot ${what}: ${why ?? spent}. DEL, or the next command for this VF, finishes the rest`,
      );
    },
    whileUndoing: async (action) => {
      allMs = withUndoMs;
      try {
        return await action();
      } finally {
        allMs = forwardMs;
      }
    },
    end: (reason) => {
      why = reason;
    },
  };
}

/** Runs programs within what is left. After one that could not be killed, nothing is run: it may still do its work. */
export function bounded<T extends { readonly timeoutMs: number }>(
  run: (program: T) => Promise<Ended>,
  nameOf: (program: T) => string,
  deadline: Deadline,
): (program: T) => Promise<Ended> {
  return (program) => {
    const doing = { timeoutMs: program.timeoutMs, what: `run ${nameOf(program)}` };
    return inTime(deadline, doing, async (timeoutMs) => {
      const ended = await run({ ...program, timeoutMs });
      return { ended, answer: ended };
    });
  };
}

/** The same for programs that are kept: each question has its time. */
export function boundedConverse(converse: Converse, deadline: Deadline): Converse {
  return (child) => {
    const conversation = converse(child);
    return {
      ...conversation,
      ask: (question) => {
        const doing = { timeoutMs: question.timeoutMs, what: `run ${child.program}` };
        return inTime(deadline, doing, async (timeoutMs) => {
          const answer = await conversation.ask({ ...question, timeoutMs });
          return { ended: answer.ended, answer };
        });
      },
    };
  };
}

type Doing = { readonly timeoutMs: number; readonly what: string };

async function inTime<T>(
  { within, end }: Deadline,
  { timeoutMs, what }: Doing,
  action: (timeoutMs: number) => Promise<{ readonly ended: Ended | undefined; readonly answer: T }>,
): Promise<T> {
  const { ended, answer } = await action(within(timeoutMs, what));
  if (ended?.stuckPid !== undefined)
    end(`process ${ended.stuckPid} hangs in the kernel, and may still do its work`);
  return answer;
}
