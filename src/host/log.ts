/** One line per event in logfmt, to standard error or to a file; never to standard output. */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { LOG_LEVELS } from '../../schemas/netconf.ts';
import { shortened } from '../../schemas/shortened.ts';
import type { Log } from '../attachment/ports.ts';
import { makeDirectory } from './make-directory.ts';
import { runChild } from './run-child.ts';

type Fields = Readonly<Record<string, string | number | undefined>>;

export type LogOptions = {
  readonly level?: (typeof LOG_LEVELS)[number] | undefined;
  readonly file?: string | undefined;
  /** What every line tells of the command: `containerID`, `ifname`, ... */
  readonly fields: Fields;
  /** A file that has grown beyond it is rotated before the command logs its first line. */
  readonly maxBytes?: number;
};

const STDERR = 2;
/** In characters: the longest error has 8000, and some words before it. */
const MAX_VALUE = 10_000;
const MAX_BYTES = 100_000_000;
/** Rotated files that are kept, `log.1` (the youngest) to `log.5`. */
const KEPT = 5;

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

export function createLog({ level: least = 'info', file, fields, maxBytes = MAX_BYTES }: LogOptions): Log {
  const log = file !== undefined && mayBeLog(file) ? file : undefined;
  if (log !== undefined) rotate(log, maxBytes);
  return (level, message, more) => {
    if (LOG_LEVELS.indexOf(level) > LOG_LEVELS.indexOf(least)) return;
    const line = logfmt({ time: new Date().toISOString(), level, ...fields, ...more, msg: message });
    write(log, `${line}\n`);
  };
}

function logfmt(fields: Fields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([key, value]) => `${key}=${quoted(shortened(String(value), MAX_VALUE))}`)
    .join(' ');
}

/** How every line begins, ours and sriov-cni's. */
const BEGINNING = 'time=';

/** A path at which no file can be looked for is no log. */
function mayBeLog(file: string): boolean {
  try {
    return isLog(file);
  } catch {
    return false;
  }
}

/** Who writes a network configuration could name any file of the host: only to a log is anything added. */
function isLog(file: string): boolean {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (!found?.isFile()) return true;
  // Settings of the kernel in /proc, /sys/kernel/debug and the like say that they are empty: such file systems have no blocks.
  if (found.size === 0) return statfsSync(file).blocks > 0;
  const fd = openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const bytes = Buffer.alloc(BEGINNING.length);
    readSync(fd, bytes);
    return bytes.toString() === BEGINNING;
  } finally {
    closeSync(fd);
  }
}

/**
 * Control characters would be commands to the terminal of whoever reads the log, `$` and backquotes to a shell that is made to
 * read it. JSON leaves them as they are.
 */
function quoted(value: string): string {
  if (/^[\w.:/@,+%-]*$/.test(value)) return value;
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replace(/[$`\p{Cc}\u2028\u2029]/gu, escaped);
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
  const fd = open(file);
  try {
    writeSync(fd, line);
  } finally {
    closeSync(fd);
  }
}

function open(file: string): number {
  const openFile = () => openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  try {
    return openFile();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    makeDirectory(dirname(file), 0o755);
    return openFile();
  }
}

/** What prevents the rotation (somebody else is at it, no flock, no permission) must not fail the command: the log grows. */
function rotate(file: string, maxBytes: number): void {
  try {
    const found = lstatSync(file, { throwIfNoEntry: false });
    if (found?.isFile() && found.size > maxBytes) underItsLock(file, () => shift(file));
  } catch {
    return;
  }
}

/** The lock is on the log itself, so that it moves away with it: who gets it afterwards has another file than the path. */
function underItsLock(file: string, action: () => void): void {
  const fd = openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const call = { program: 'flock', args: ['-x', '-n', '3'], descriptors: [fd], timeoutMs: 1000 } as const;
    if (runChild(call).exitCode === 0 && lstatSync(file).ino === fstatSync(fd).ino) action();
  } finally {
    closeSync(fd);
  }
}

/** A process that is killed in between leaves a gap; the next one shifts only what is before the gap. */
function shift(file: string): void {
  const nameOf = (age: number) => (age === 0 ? file : `${file}.${age}`);
  const isFree = (age: number) => lstatSync(nameOf(age), { throwIfNoEntry: false }) === undefined;
  let age = 1;
  while (age < KEPT && !isFree(age)) age += 1;
  for (; age > 0; age -= 1) renameSync(nameOf(age - 1), nameOf(age));
}
