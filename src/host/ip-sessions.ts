/** Processes of `ip -batch` that are kept: to start one takes longer than most of what it is asked. */
import type { Conversation, Converse } from './conversation.ts';
import type { Child, Ended } from './run-child.ts';

export type SessionProcess = Omit<Child, 'input'> & {
  /** Of those with the same name, one is kept. */
  readonly name: string;
  /** What its descriptors lead to: their numbers may come to mean something else. */
  readonly of: string;
  /** The links that it is to be asked or told of: one that knows a name by another number is not kept. */
  readonly links?: Links;
};

/** Numbers of links by name; undefined where the number is not known. */
export type Links = ReadonlyMap<string, number | undefined>;

export type SessionCall = SessionProcess & {
  readonly lines: readonly string[];
  /** So many lines it prints if all goes well. */
  readonly answerLines: number;
  /** The numbers by which it knows links then. */
  readonly learnt: (stdout: string) => Links;
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
  links: Links;
};

export function createSessions(converse: Converse): Sessions {
  const sessions = new Map<string, Session>();

  function sessionFor({ name, of, links, program, args, descriptors }: SessionProcess): Session {
    const key = JSON.stringify([of, program, args, descriptors]);
    const kept = sessions.get(name);
    if (kept?.key === key && knowsThemAs(kept.links, links)) return kept;
    kept?.conversation.leave();
    const conversation = converse({ program, args, ...(descriptors && { descriptors }) });
    const started = { key, descriptors, conversation, linesTold: 0, links: new Map() };
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
      const session = sessionFor(call);
      const lineOffset = session.linesTold;
      const input = `${lines.join('\n')}\n`;
      // If no time is left, nothing is told.
      const { stdout, ended } = await session.conversation.ask({ input, answerLines, timeoutMs });
      session.linesTold += lines.length;
      session.links = new Map([...session.links, ...call.learnt(stdout)]);
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

/** A process remembers the number of a link by its name, for good. */
function knowsThemAs(known: Links, present: Links = new Map()): boolean {
  return [...present].every(
    ([name, number]) => !known.has(name) || (number !== undefined && known.get(name) === number),
  );
}
