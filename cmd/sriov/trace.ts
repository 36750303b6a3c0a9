/**
 * What one command spends its time on, in Chrome's trace format: ui.perfetto.dev shows it. For who sets SRIOV_TRACE to the
 * path of a file; nothing is measured otherwise.
 */
import { writeFileSync } from 'node:fs';
import type { Conversation, Programs } from '../../src/host/conversation.ts';

/** One row each, in this order. */
const ROWS = ['command', 'ports', 'children'] as const;
type Row = (typeof ROWS)[number];

type Span = { readonly row: Row; readonly name: string; readonly args?: object };

export type Trace = {
  readonly span: <T>(span: Span, action: () => T) => T;
  /** The port, each call of whose functions is a span. */
  readonly port: <P extends object>(name: string, port: P) => P;
  readonly programs: (programs: Programs) => Programs;
  readonly write: () => void;
};

export const NO_TRACE: Trace = {
  span: (_span, action) => action(),
  port: (_name, port) => port,
  programs: (programs) => programs,
  write: () => {},
};

/** Milliseconds since the process began. */
const now = () => performance.now();

export function traceTo(file: string | undefined): Trace {
  if (!file) return NO_TRACE;
  const events: object[] = ROWS.map((name, tid) => ({
    name: 'thread_name',
    ph: 'M',
    pid: process.pid,
    tid,
    args: { name },
  }));

  function add({ row, name, args = {} }: Span, from: number): void {
    const [ts, dur] = [from, now() - from].map((ms) => Math.round(ms * 1000));
    events.push({ name, cat: row, ph: 'X', ts, dur, pid: process.pid, tid: ROWS.indexOf(row), args });
  }

  const span: Trace['span'] = (what, action) => {
    const from = now();
    const outcome = action();
    if (!(outcome instanceof Promise)) add(what, from);
    else outcome.then(...[0, 1].map(() => () => add(what, from)));
    return outcome;
  };

  const port: Trace['port'] = (name, functions) => {
    const traced = Object.entries(functions).map(([key, value]) => [
      key,
      typeof value === 'function'
        ? (...args: unknown[]) => span({ row: 'ports', name: `${name}.${key}` }, () => value(...args))
        : value,
    ]);
    return Object.fromEntries(traced);
  };

  const conversation = (name: string, { ask, ...rest }: Conversation): Conversation => ({
    ...rest,
    ask: (question) =>
      span({ row: 'children', name, args: { lines: question.input.split('\n') } }, () => ask(question)),
  });

  add({ row: 'command', name: 'engine and snapshot' }, 0);
  return {
    span,
    port,
    programs: ({ run, converse }) => ({
      run: (child) =>
        span({ row: 'children', name: child.program, args: { words: child.args } }, () => run(child)),
      converse: (child) =>
        conversation(
          child.program,
          span({ row: 'children', name: `start ${child.program}`, args: { words: child.args } }, () =>
            converse(child),
          ),
        ),
    }),
    write: () => writeFileSync(file, `${JSON.stringify({ traceEvents: events })}\n`, { mode: 0o600 }),
  };
}
