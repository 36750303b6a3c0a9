/** Starts programs by absolute path, without a shell; those that do our work in an environment of our own. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { CniError } from '../../schemas/fault.ts';
import { seconds } from './deadline.ts';

const DIRECTORIES = ['/usr/sbin', '/sbin', '/usr/bin', '/bin'];
/** The package of Debian that has a program. */
export const PACKAGE_OF = {
  ip: 'iproute2',
  nsenter: 'util-linux',
  flock: 'util-linux',
  tee: 'coreutils',
} as const;
export type Program = keyof typeof PACKAGE_OF;

/** The caller's PATH is not asked: it is the runtime's, and may be anybody's. */
export function pathOf(program: Program): string {
  const isThere = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  const found = DIRECTORIES.map((directory) => `${directory}/${program}`).find(isThere);
  if (found) return found;
  throw new CniError(
    'unavailable',
    `Cannot find ${program} in ${DIRECTORIES.join(', ')}: install ${PACKAGE_OF[program]} on the node`,
  );
}

export type Child = {
  readonly program: Program;
  readonly args: readonly string[];
  readonly input?: string;
  /** What the child finds at descriptors 3, 4, ...; a hole is closed. */
  readonly descriptors?: readonly (number | undefined)[];
  readonly timeoutMs: number;
};

export type Ended = {
  readonly exitCode: number | undefined;
  /** What ended it, if it did not end by itself. */
  readonly signal?: string | undefined;
  /** Why it could not be started. */
  readonly startError?: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Its time, if that was over before it ended. */
  readonly killedAfterMs?: number | undefined;
  /** It was killed, and lives on in a call of the kernel that nothing interrupts. */
  readonly stuckPid?: number | undefined;
};

/** What became of a program whose time was over; undefined if it was not. */
export function lateness({ killedAfterMs, stuckPid }: Ended): string | undefined {
  if (killedAfterMs === undefined) return undefined;
  const late = `did not end within ${seconds(killedAfterMs)} s`;
  return stuckPid === undefined
    ? `${late} and was killed`
    : `${late}, and process ${stuckPid} cannot be killed: it hangs in the kernel, and keeps the lock of the VF until it ends`;
}

/** Throws CniError `busy` if its time was over before it ended. */
export function mustHaveEnded(ended: Ended, program: string): void {
  const late = lateness(ended);
  if (late) throw new CniError('busy', `${program} ${late}. See what it waits for: a driver may be hanging`);
}

export type RunChild = (child: Child) => Promise<Ended>;

/** English messages, by which refusals are told apart. */
const ENVIRONMENT = { LC_ALL: 'C', PATH: DIRECTORIES.join(':') };

/** Behind the standard three. */
export const inherited = (descriptors: Child['descriptors'] = []) => descriptors.map((fd) => fd ?? 'ignore');

export async function runChild({ program, args, input, descriptors, timeoutMs }: Child): Promise<Ended> {
  return runFile({
    path: pathOf(program),
    args,
    env: ENVIRONMENT,
    ...(input !== undefined && { input }),
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...inherited(descriptors)],
    timeoutMs,
  });
}

/** The runtime's working directory may be gone. */
const DIRECTORY = '/';

/** One that does our work. */
export const howToRun = { cwd: DIRECTORY, env: ENVIRONMENT } as const;

type Stdio = readonly ('pipe' | 'ignore' | number)[];

/** For a program that waits for nothing: its exit code. */
export function runAtOnce({ program, args, descriptors, timeoutMs }: Child): number | undefined {
  const { status } = spawnSync(pathOf(program), args, {
    ...howToRun,
    stdio: ['ignore', 'ignore', 'ignore', ...inherited(descriptors)],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  return status ?? undefined;
}

export type ExecutableFile = {
  readonly path: string;
  /** The name by which it is started, where that is not its path. */
  readonly argv0?: string;
  readonly args?: readonly string[];
  /** The whole environment: nothing of ours is added. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For a standard input that is a pipe. */
  readonly input?: string;
  /** What it finds at descriptors 0, 1, 2, ...; of ours it inherits no other. */
  readonly stdio: Stdio;
  readonly timeoutMs: number;
  /** In a session of its own: Ctrl-C at the terminal reaches neither it nor what it starts. */
  readonly isDetached?: true;
};

export type RunFile = (file: ExecutableFile) => Promise<Ended>;

/** What waits for another that holds the kernel's lock of all links cannot be killed: see docs/decisions/deadlines.md. */
const DEATH_MS = 2000;

/** What cannot even be tried (a NUL in an argument) is a start that failed. */
export const runFile: RunFile = (file) =>
  start(file).catch(({ message }: Error) => ({
    exitCode: undefined,
    startError: message,
    stdout: '',
    stderr: '',
  }));

const start: RunFile = async (file) => {
  const { path, argv0, args = [], env, input = '', stdio, timeoutMs, isDetached = false } = file;
  const child = spawn(path, args, {
    cwd: DIRECTORY,
    ...(argv0 !== undefined && { argv0 }),
    env,
    stdio: [...stdio],
    detached: isDetached,
  });
  const over = hasEnded(child);
  // A program that has ended reads nothing any more: its end tells why.
  child.stdin?.on('error', () => {}).end(input);
  return (await within(timeoutMs, over)) ?? killed(child, over, timeoutMs);
};

/** When it has ended, and everything that it printed is read. */
function hasEnded(child: ChildProcess): Promise<Ended> {
  const printed = printedBy(child.stdout);
  const complained = printedBy(child.stderr);
  return new Promise((resolve) => {
    const end = (how: Pick<Ended, 'exitCode' | 'signal' | 'startError'>) =>
      resolve({ ...how, stdout: withoutEnd(printed.text), stderr: withoutEnd(complained.text) });
    // One that runs also tells by this event that it was not to be killed.
    child.on('error', ({ message }) => {
      if (child.pid === undefined) end({ exitCode: undefined, startError: message });
    });
    child.on('close', (code, signal) => end({ exitCode: code ?? undefined, signal: signal ?? undefined }));
  });
}

/** Of the ends of lines the last. */
const withoutEnd = (text: string) => text.replace(/\n$/, '');

/** What comes out of the pipe, while it comes. */
export function printedBy(pipe: Readable | null, onMore = () => {}): { text: string } {
  const printed = { text: '' };
  // Its end is told all the same.
  pipe?.on('error', () => {});
  pipe?.setEncoding('utf8').on('data', (more: string) => {
    printed.text += more;
    onMore();
  });
  return printed;
}

/** Its time is over: what becomes of it. */
export async function killed(
  child: ChildProcess,
  over: Promise<Ended>,
  killedAfterMs: number,
): Promise<Ended> {
  child.kill('SIGKILL');
  const ended = await within(DEATH_MS, over);
  return ended ? { ...ended, killedAfterMs } : leaveBehind(child, killedAfterMs);
}

/** Undefined if that is not enough. No timer is left: none may be in the start-up snapshot. */
export function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Neither the child nor who has inherited its pipes keeps us from ending. */
function leaveBehind(child: ChildProcess, killedAfterMs: number): Ended {
  child.unref();
  for (const pipe of child.stdio) pipe?.destroy();
  const isDead = child.exitCode !== null || child.signalCode !== null;
  const stuckPid = isDead ? undefined : child.pid;
  return { exitCode: undefined, stdout: '', stderr: '', killedAfterMs, stuckPid };
}
