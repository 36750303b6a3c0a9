/** Starts programs by absolute path, without a shell; those that do our work in an environment of our own. */
import { spawn, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { CniError } from '../../schemas/fault.ts';
import { seconds } from './deadline.ts';

const DIRECTORIES = ['/usr/sbin', '/sbin', '/usr/bin', '/bin'];
const PACKAGE_OF = { ip: 'iproute2', nsenter: 'util-linux', flock: 'util-linux', tee: 'coreutils' } as const;
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

export async function runChild({
  program,
  args,
  input = '',
  descriptors = [],
  timeoutMs,
}: Child): Promise<Ended> {
  return runFile({
    path: pathOf(program),
    args,
    env: ENVIRONMENT,
    input,
    stdio: ['pipe', 'pipe', 'pipe', ...descriptors.map((fd) => fd ?? 'ignore')],
    timeoutMs,
  });
}

/** For a program that waits for nothing: its exit code. */
export function runAtOnce({ program, args, descriptors = [], timeoutMs }: Child): number | null {
  const stdio = ['ignore', 'ignore', 'ignore', ...descriptors.map((fd) => fd ?? 'ignore')] as const;
  return spawnSync(pathOf(program), args, {
    env: ENVIRONMENT,
    cwd: '/',
    stdio: [...stdio],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  }).status;
}

export type ExecutableFile = {
  readonly path: string;
  readonly args?: readonly string[];
  /** The whole environment: nothing of ours is added. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For a standard input that is a pipe. */
  readonly input?: string;
  /** What it finds at descriptors 0, 1, 2, ...; of ours it inherits no other. */
  readonly stdio: readonly ('pipe' | 'ignore' | number)[];
  readonly timeoutMs: number;
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

const start: RunFile = ({ path, args = [], env, input = '', stdio, timeoutMs }) =>
  new Promise((resolve) => {
    // The runtime's working directory may be gone.
    const child = spawn(path, args, { env, cwd: '/', stdio: [...stdio] });
    const pipes = [child.stdin, child.stdout, child.stderr];
    const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
    let killed: Partial<Ended> = {};
    let timer = setTimeout(() => {
      killed = { killedAfterMs: timeoutMs };
      child.kill('SIGKILL');
      timer = setTimeout(() => end({ stuckPid: child.pid }), DEATH_MS);
    }, timeoutMs);
    const end = (how: Partial<Ended>) => {
      clearTimeout(timer);
      // Neither the child nor who has inherited its pipes keeps us from ending.
      child.unref();
      for (const pipe of pipes) pipe?.destroy();
      resolve({ exitCode: undefined, stdout: stdout(), stderr: stderr(), ...killed, ...how });
    };
    const ended = () => end({ exitCode: child.exitCode ?? undefined, signal: child.signalCode ?? undefined });
    child.once('error', ({ message }) => end({ startError: message }));
    child.once('exit', () => killed.killedAfterMs !== undefined && ended());
    child.once('close', ended);
    // It may end without reading all.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });

/** Without the line feed at its end. */
function textOf(pipe: Readable | null): () => string {
  let text = '';
  pipe?.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  return () => text.replace(/\n$/, '');
}
