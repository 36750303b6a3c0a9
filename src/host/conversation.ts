/** A program that is kept: told one thing after the other, it answers each before it is told the next. */
import type { Readable, Writable } from 'node:stream';
import { execa } from 'execa';
import {
  type Child,
  type Ended,
  howToRun,
  inherited,
  killed,
  pathOf,
  printedBy,
  type RunChild,
  within,
} from './run-child.ts';

export type Question = {
  readonly input: string;
  /** So many lines it prints when it has done all that it was told. */
  readonly answerLines: number;
  readonly timeoutMs: number;
};

export type Answer = {
  /** What it printed since the question. */
  readonly stdout: string;
  /** If it ended instead of going on, or was killed because its time was over. */
  readonly ended?: Ended;
};

export type Conversation = {
  /** One question at a time. */
  readonly ask: (question: Question) => Promise<Answer>;
  /** There are no more questions; resolves when it has ended. */
  readonly end: () => Promise<unknown>;
  /** It is killed, and nobody waits: one that has answered has nothing to do, whatever keeps it from reading that. */
  readonly leave: () => void;
};

export type Converse = (child: Pick<Child, 'program' | 'args' | 'descriptors'>) => Conversation;

/** How programs are started that do our work. */
export type Programs = { readonly run: RunChild; readonly converse: Converse };

/** Each question is a run of its own. `isKept`: planted programs, which answer as one that goes on until it fails. */
export function programsOf(run: RunChild, { isKept }: { readonly isKept: boolean }): Programs {
  const converse: Converse = (child) => ({
    ask: async ({ input, timeoutMs }) => {
      const ended = await run({ ...child, input, timeoutMs });
      const goesOn = isKept && ended.exitCode === 0;
      return { stdout: ended.stdout, ...(!goesOn && { ended }) };
    },
    end: async () => {},
    leave: () => {},
  });
  return { run, converse };
}

export const converse: Converse = ({ program, args, descriptors }) => {
  const child = execa(pathOf(program), args, {
    ...howToRun,
    stdio: pipesAnd(inherited(descriptors)),
    extendEnv: false,
    reject: false,
    buffer: false,
    cleanup: false,
  });
  const { stdin, stdout, stderr } = child.nodeChildProcess as unknown as Pipes;
  let onPrinted = () => {};
  const printed = printedBy(stdout, () => onPrinted());
  const complained = printedBy(stderr);
  // A program that has ended reads nothing any more: its end tells why.
  stdin.on('error', () => {});
  const over = child.then((end): Ended => ({ ...endOf(end), stdout: printed.text, stderr: complained.text }));

  const hasPrinted = (lines: number) =>
    new Promise<void>((resolve) => {
      onPrinted = () => {
        if (linesIn(printed.text) >= lines) resolve();
      };
    });

  async function kill(timeoutMs: number): Promise<Answer> {
    const ended = await killed(child.nodeChildProcess, over, timeoutMs);
    return { stdout: ended.stdout, ended };
  }

  return {
    ask: async ({ input, answerLines, timeoutMs }) => {
      for (const pipe of [printed, complained]) pipe.text = '';
      const isAnswered = hasPrinted(answerLines).then(() => ({ stdout: printed.text }));
      const hasEnded = over.then((ended) => ({ stdout: ended.stdout, ended }));
      stdin.write(input);
      return (await within(timeoutMs, Promise.race([isAnswered, hasEnded]))) ?? kill(timeoutMs);
    },
    end: () => {
      stdin.end();
      return over;
    },
    leave: () => {
      child.nodeChildProcess.kill('SIGKILL');
      // Of a process that could not be started they are no sockets.
      for (const handle of [child.nodeChildProcess, stdout, stderr]) handle.unref?.();
    },
  };
};

/** execa passes descriptors on at any place; its types have them only at the first three. */
const pipesAnd = (others: ReturnType<typeof inherited>) =>
  ['pipe', 'pipe', 'pipe', ...others] as ['pipe', 'pipe', 'pipe'];

type End = { readonly [K in 'signal' | 'originalMessage']?: string | undefined } & {
  readonly exitCode?: number | undefined;
};

/** How it ended, or why it could not be started. */
function endOf({ exitCode, signal, originalMessage }: End) {
  const isStarted = exitCode !== undefined || signal !== undefined;
  return { exitCode, signal, startError: isStarted ? undefined : originalMessage };
}

/** They are sockets. */
type Pipes = Record<'stdout' | 'stderr', Readable & { unref?(): void }> & { readonly stdin: Writable };

function linesIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
