/** One line per event in logfmt, to standard error or to a file; never to standard output. */
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { LOG_LEVELS } from '../../schemas/netconf.ts';
import type { Log } from '../attachment/ports.ts';

export type LogOptions = {
  readonly level?: (typeof LOG_LEVELS)[number] | undefined;
  readonly file?: string | undefined;
  /** What every line tells of the command: `containerID`, `ifname`, ... */
  readonly fields: Readonly<Record<string, string | undefined>>;
};

const STDERR = 2;

function logfmt(fields: Readonly<Record<string, string | undefined>>): string {
  const pairs = Object.entries(fields).filter(([, value]) => value);
  return pairs
    .map(([key, value]) => `${key}=${/[\s"=]/.test(value ?? '') ? JSON.stringify(value) : value}`)
    .join(' ');
}

export function createLog({ level: least = 'info', file, fields }: LogOptions): Log {
  return (level, message) => {
    if (LOG_LEVELS.indexOf(level) > LOG_LEVELS.indexOf(least)) return;
    const line = `${logfmt({ time: new Date().toISOString(), level, ...fields, msg: message })}\n`;
    write(file, line);
  };
}

/** A log that cannot be written must not fail the command. */
function write(file: string | undefined, line: string): void {
  try {
    if (file === undefined) writeSync(STDERR, line);
    else appendTo(file, line);
  } catch {
    if (file !== undefined) write(undefined, line);
  }
}

/** O_APPEND keeps lines of parallel commands whole; O_NOFOLLOW and O_NONBLOCK, for it may be a link or a FIFO of others. */
function appendTo(file: string, line: string): void {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants;
  const fd = openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  try {
    writeSync(fd, line);
  } finally {
    closeSync(fd);
  }
}
