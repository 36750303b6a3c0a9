/** Processes of `ip -batch` that are kept: to start one takes longer than most of what it is asked. */
import type { Conversation, Converse } from './conversation.ts';
import type { Child, Ended } from './run-child.ts';

export type SessionProcess = Omit<Child, 'input'> & {
  /** Of those with the same name, one is kept. */
  readonly name: string;
  /** What its descriptors lead to: their numbers may come to mean something else. */
  readonly of: string;
};

/** Numbers of links by the names by which they were asked for; undefined where none was shown under that name. */
export type Links = ReadonlyMap<string, number | undefined>;

export type SessionCall = SessionProcess & {
  readonly lines: readonly string[];
  /** So many lines it prints if all goes well. */
  readonly answerLines: number;
  /** Whether one that was told something before may be told these, by the links that it has shown. */
  readonly mayFollow: (shown: Links) => boolean;
  readonly shownIn: (stdout: string) => Links;
};

export type Sessions = {
  /** Starts a process that will be asked. */
  readonly start: (process: SessionProcess) => void;
  /** Ends that process. */
  readonly end: (name: string) => void;
  /** What becomes of these lines. `lineOffset` is what the process adds to the line numbers in its complaints. */
  readonly run: (call: SessionCall) => Promise<Ended & { readonly lineOffset: number }>;
  /** Ends those that have inherited the descriptor: they would go on to hold what it leads to. */
  readonly endHolders: (fd: number) => void;
};

type Session = {
  readonly key: string;
  readonly descriptors: SessionProcess['descriptors'];
  readonly conversation: Conversation;
  linesTold: number;
  shown: Links;
};

export function createSessions(converse: Converse): Sessions {
  const sessions = new Map<string, Session>();

  function sessionFor(process: SessionProcess, mayFollow: SessionCall['mayFollow'] = () => true): Session {
    const { name, of, program, args, descriptors } = process;
    const key = JSON.stringify([of, program, args, descriptors]);
    const kept = sessions.get(name);
    if (kept?.key === key && (kept.linesTold === 0 || mayFollow(kept.shown))) return kept;
    kept?.conversation.leave();
    const conversation = converse({ program, args, ...(descriptors && { descriptors }) });
    const started = { key, descriptors, conversation, linesTold: 0, shown: new Map() };
    sessions.set(name, started);
    return started;
  }

  return {
    start: (process) => void sessionFor(process),
    end: (name) => {
      sessions.get(name)?.conversation.leave();
      sessions.delete(name);
    },
    run: async (call) => {
      const { name, lines, answerLines, timeoutMs } = call;
      const session = sessionFor(call, call.mayFollow);
      const lineOffset = session.linesTold;
      const input = `${lines.join('\n')}\n`;
      // If no time is left, nothing is told.
      const { stdout, ended } = await session.conversation.ask({ input, answerLines, timeoutMs });
      session.linesTold += lines.length;
      session.shown = new Map([...session.shown, ...call.shownIn(stdout)]);
      if (!ended) return { exitCode: 0, stdout, stderr: '', lineOffset };
      sessions.delete(name);
      return { ...ended, stdout, lineOffset };
    },
    endHolders: (fd) => {
      for (const [name, { descriptors, conversation }] of sessions) {
        if (!descriptors?.includes(fd)) continue;
        sessions.delete(name);
        conversation.leave();
      }
    },
  };
}
