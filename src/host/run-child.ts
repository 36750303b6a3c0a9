/** Starts programs by absolute path, without a shell; those that do our work in an environment of our own. */

import type { ChildProcess } from 'node:child_process';
import { statSync } from 'node:fs';
import { execa, execaSync } from 'execa';
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
  /** What the child finds at descriptors 3, 4, ...; a hole is /dev/null. */
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

export const stdioOf = (standard: 'pipe' | 'ignore', descriptors: Child['descriptors'] = []): Stdio => [
  standard,
  standard,
  standard,
  ...descriptors.map((fd) => fd ?? 'ignore'),
];

export async function runChild({ program, args, input = '', descriptors, timeoutMs }: Child): Promise<Ended> {
  return runFile({
    path: pathOf(program),
    args,
    env: ENVIRONMENT,
    input,
    stdio: stdioOf('pipe', descriptors),
    timeoutMs,
  });
}

const ALWAYS = {
  // The runtime's working directory may be gone.
  cwd: '/',
  extendEnv: false,
  reject: false,
  killSignal: 'SIGKILL',
} as const;

/** One that does our work. */
export const howToRun = { ...ALWAYS, env: ENVIRONMENT } as const;

type Stdio = readonly ('pipe' | 'ignore' | number)[];

/** execa passes descriptors on at any place; its types have them only at the first three. */
export const threeAnd = (stdio: Stdio) => stdio as ['pipe', 'pipe', 'pipe'];

/** For a program that waits for nothing: its exit code. */
export function runAtOnce({ program, args, descriptors, timeoutMs }: Child): number | undefined {
  const { exitCode } = execaSync(pathOf(program), args, {
    ...howToRun,
    stdio: threeAnd(stdioOf('ignore', descriptors)),
    timeout: timeoutMs,
  });
  return exitCode;
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
export const DEATH_MS = 2000;

/** What cannot even be tried (a NUL in an argument) is a start that failed. */
export const runFile: RunFile = (file) =>
  start(file).catch(({ message }: Error) => ({
    exitCode: undefined,
    startError: message,
    stdout: '',
    stderr: '',
  }));

const start: RunFile = async (file) => {
  const { path, argv0, args = [], env, input, stdio, timeoutMs, isDetached = false } = file;
  const child = execa(path, args, {
    ...(argv0 !== undefined && { argv0 }),
    ...(input !== undefined && { input }),
    ...ALWAYS,
    stdio: threeAnd(stdio),
    env,
    cleanup: false,
    detached: isDetached,
    timeout: timeoutMs,
  });
  const ended = await within(timeoutMs + DEATH_MS, child);
  if (ended === undefined) return leaveBehind(child.nodeChildProcess, timeoutMs);
  const { stdout = '', stderr = '', timedOut } = ended;
  return { ...endOf(ended), stdout, stderr, killedAfterMs: timedOut ? timeoutMs : undefined };
};

type End = { readonly [K in 'signal' | 'originalMessage']?: string | undefined } & {
  readonly exitCode?: number | undefined;
};

/** How it ended, or why it could not be started. */
export function endOf({ exitCode, signal, originalMessage }: End) {
  const isStarted = exitCode !== undefined || signal !== undefined;
  return { exitCode, signal, startError: isStarted ? undefined : originalMessage };
}

/** Undefined if that is not enough. No timer is left: one in the start-up snapshot would keep all later ones from ending. */
export function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Neither the child nor who has inherited its pipes keeps us from ending. */
export function leaveBehind(child: ChildProcess, killedAfterMs: number): Ended {
  child.unref();
  for (const pipe of child.stdio) pipe?.destroy();
  const isDead = child.exitCode !== null || child.signalCode !== null;
  const stuckPid = isDead ? undefined : child.pid;
  return { exitCode: undefined, stdout: '', stderr: '', killedAfterMs, stuckPid };
}
