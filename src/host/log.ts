/** One line per event in logfmt, to standard error or to a file; never to standard output. */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  type Stats,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { LOG_LEVELS } from '../../schemas/netconf.ts';
import { shortened } from '../../schemas/shortened.ts';
import type { Log } from '../attachment/ports.ts';
import { makeDirectory } from './make-directory.ts';
import { runAtOnce } from './run-child.ts';
import { unless } from './unless.ts';

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
/** Rotated files that are kept, `<log>.1` (the youngest) to `<log>.5`. */
const KEPT = 5;

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** A log that cannot be written must not fail the command, which then says the rest on standard error. */
export function createLog({ level: least = 'info', file, fields, maxBytes = MAX_BYTES }: LogOptions): Log {
  if (file !== undefined) rotate(file, maxBytes);
  let target = file;
  const log: Log = (level, message, more) => {
    if (LOG_LEVELS.indexOf(level) > LOG_LEVELS.indexOf(least)) return;
    const line = `${logfmt({ time: new Date().toISOString(), level, ...fields, ...more, msg: message })}\n`;
    const refusal = target === undefined ? undefined : refusalOf(target, line);
    if (refusal) {
      target = undefined;
      log('warning', `Cannot log to ${file}: ${refusal}`);
    }
    if (target === undefined) say(line);
  };
  return log;
}

function logfmt(fields: Fields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([key, value]) => `${key}=${quoted(shortened(String(value), MAX_VALUE))}`)
    .join(' ');
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

function say(line: string): void {
  try {
    writeSync(STDERR, line);
  } catch {
    return;
  }
}

/** Why the line is not in the file; undefined if it is. */
function refusalOf(file: string, line: string): string | undefined {
  try {
    appendTo(file, line);
    return undefined;
  } catch (cause) {
    return (cause as Error).message;
  }
}

/** O_APPEND keeps lines of parallel commands whole. */
function appendTo(file: string, line: string): void {
  const fd = openLog(file) ?? openNew(file) ?? openLog(file);
  if (fd === undefined) throw new Error('others make and remove it at the same time');
  try {
    writeSync(fd, line);
  } finally {
    closeSync(fd);
  }
}

/** Opening for writing can be an act in itself, and the path may lead elsewhere by then: the link in /proc cannot. */
function openLog(file: string): number | undefined {
  return look(file, (fd) => {
    const isOurs = fstatSync(fd).size === 0 ? isNamedLog(file) : isLog(fd);
    if (!isOurs) throw new Error(NO_LOG);
    return openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_APPEND);
  });
}

/** Undefined if another process was first. */
function openNew(file: string): number | undefined {
  if (!isNamedLog(file)) throw new Error(NO_LOG);
  makeDirectory(dirname(file), 0o755);
  const create = () => openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_EXCL, 0o600);
  return unless(['EEXIST'], create, () => undefined);
}

/**
 * What the action says of the file, open for reading; undefined if there is none. A device may act as soon as it is opened
 * (watchdog(4)); a FIFO would wait.
 */
function look<T>(file: string, action: (fd: number) => T): T | undefined {
  const openFile = () => {
    mustBeFile(lstatSync(file));
    return openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  };
  const fd = unless(['ENOENT'], openFile, () => undefined);
  if (fd === undefined) return undefined;
  try {
    mustBeFile(fstatSync(fd));
    return action(fd);
  } finally {
    closeSync(fd);
  }
}

function mustBeFile(found: Stats): void {
  if (!found.isFile()) throw new Error('it is no regular file');
}

/**
 * Who writes a network configuration could name any file of the host, and much of what is logged is theirs, too: a line in a new
 * /etc/ld.so.preload would have every program load what they want. Nothing of the kind has such a name: sudo and ifupdown read
 * all files of a directory but those with a dot in the name.
 */
const isNamedLog = (file: string) => file.endsWith('.log');

const NO_LOG = 'it is no log. The name of a new or empty one has to end in ".log"';

/** How every line begins, ours and sriov-cni's. */
const isLog = (fd: number) => beginningOf(fd).startsWith('time=');

/** Lines of many programs begin so; those of CNI plugins tell the plugin, too. Other programs' files are not ours to rename. */
const isLogOfPlugin = (fd: number) => /^time=.* cniName=/.test(beginningOf(fd));

/** Asked of what is open: it cannot be exchanged between the look and the line. */
function beginningOf(fd: number): string {
  const bytes = Buffer.alloc(1000);
  const length = readSync(fd, bytes, { position: 0 });
  return bytes.toString('latin1', 0, length);
}

/** What prevents the rotation (somebody else is at it, no flock, no permission) must not fail the command: the log grows. */
function rotate(file: string, maxBytes: number): void {
  try {
    const found = lstatSync(file, { throwIfNoEntry: false });
    if (found && found.size > maxBytes) look(file, (fd) => rotateOpen(file, fd));
  } catch {
    return;
  }
}

/** The lock is on the log itself, so that it moves away with it: who gets it afterwards has another file than the path. */
function rotateOpen(file: string, fd: number): void {
  const call = { program: 'flock', args: ['-x', '-n', '3'], descriptors: [fd], timeoutMs: 1000 } as const;
  if (!isLogOfPlugin(fd) || runAtOnce(call) !== 0) return;
  if (lstatSync(file).ino === fstatSync(fd).ino) shift(file);
}

/** A process that is killed in between leaves a gap; the next one shifts only what is before the gap. */
function shift(file: string): void {
  const nameOf = (age: number) => (age === 0 ? file : `${file}.${age}`);
  const areOurs = Array.from({ length: KEPT }, (_, index) => look(nameOf(index + 1), isLogOfPlugin));
  if (areOurs.includes(false)) return;
  const gap = areOurs.indexOf(undefined) + 1;
  for (let age = gap || KEPT; age > 0; age -= 1) renameSync(nameOf(age - 1), nameOf(age));
}
