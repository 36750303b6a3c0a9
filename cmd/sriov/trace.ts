/**
 * What one command spends its time on, in Chrome's trace format: ui.perfetto.dev shows it. For who sets SRIOV_TRACE to the
 * path of a file; nothing is measured otherwise.
 */
import { closeSync, constants, openSync, writeFileSync } from 'node:fs';
import type { Programs, Question } from '../../src/host/conversation.ts';
import { complain } from './streams.ts';

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

/** Milliseconds since the process began. It has Node load its performance modules, in the time of what is measured first. */
const now = () => performance.now();

export function traceTo(file: string | undefined): Trace {
  if (!file) return NO_TRACE;
  const events: object[] = ROWS.map((name, tid) => ({
    name: 'thread_name',
    ph: 'M',
    ...here(tid),
    args: { name },
  }));

  function add({ row, name, args = {} }: Span, from: number): void {
    const [ts, dur] = [from, now() - from].map((ms) => Math.round(ms * 1000));
    events.push({ name, cat: row, ph: 'X', ts, dur, ...here(ROWS.indexOf(row)), args });
  }

  const span: Trace['span'] = (what, action) => {
    const from = now();
    const outcome = action();
    const done = () => add(what, from);
    if (outcome instanceof Promise) outcome.then(done, done);
    else done();
    return outcome;
  };
  add({ row: 'command', name: 'engine and snapshot' }, 0);
  return {
    span,
    port: (name, port) => tracedPort(name, port, span),
    programs: (programs) => tracedPrograms(programs, span),
    write: () => writeUnlessRefused(file, `${JSON.stringify({ traceEvents: events })}\n`),
  };
}

/** Without O_NONBLOCK the open of a FIFO would wait for ever. */
const WRITE =
  constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Nothing that goes wrong here is worth a pod. */
function writeUnlessRefused(file: string, text: string): void {
  try {
    const fd = openSync(file, WRITE, 0o600);
    writeFileSync(fd, text);
    closeSync(fd);
  } catch (cause) {
    complain(`Cannot write the trace: ${(cause as Error).message}`);
  }
}

const here = (tid: number) => ({ pid: process.pid, tid });

function tracedPort<P extends object>(name: string, port: P, span: Trace['span']): P {
  const traced = Object.entries(port).map(([key, value]) => {
    if (typeof value !== 'function') return [key, value];
    const call = (...args: unknown[]) => span({ row: 'ports', name: `${name}.${key}` }, () => value(...args));
    return [key, call];
  });
  return Object.fromEntries(traced);
}

function tracedPrograms({ run, converse }: Programs, span: Trace['span']): Programs {
  const child = (name: string, args: object) => ({ row: 'children', name, args }) as const;
  return {
    run: (of) => span(child(of.program, { words: of.args }), () => run(of)),
    converse: (of) => {
      const started = span(child(`start ${of.program}`, { words: of.args }), () => converse(of));
      const lines = ({ input }: Question) => ({ lines: input.split('\n') });
      return { ...started, ask: (told) => span(child(of.program, lines(told)), () => started.ask(told)) };
    },
  };
}
