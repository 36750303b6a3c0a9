/** Starts programs by absolute path, without a shell; those that do our work in an environment of our own. */
import { statSync } from 'node:fs';
import { execaSync } from 'execa';
import { CniError } from '../../schemas/fault.ts';

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
  readonly isTimedOut: boolean;
};

export type RunChild = (child: Child) => Ended;

/** English messages, by which refusals are told apart. */
const ENVIRONMENT = { LC_ALL: 'C', PATH: DIRECTORIES.join(':') };

export function runChild({ program, args, input = '', descriptors = [], timeoutMs }: Child): Ended {
  return runFile({
    path: pathOf(program),
    args,
    env: ENVIRONMENT,
    input,
    stdio: ['pipe', 'pipe', 'pipe', ...descriptors.map((fd) => fd ?? 'ignore')],
    timeoutMs,
  });
}

type ExecutableFile = {
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

export function runFile({ path, args = [], env, input, stdio, timeoutMs }: ExecutableFile): Ended {
  const ended = execaSync(path, args, {
    ...(input !== undefined && { input }),
    // execa passes descriptors on at any place; its types have them only at the first three.
    stdio: stdio as ['pipe', 'pipe', 'pipe'],
    env,
    // The runtime's working directory may be gone.
    cwd: '/',
    extendEnv: false,
    reject: false,
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  const { exitCode, signal, originalMessage, stdout = '', stderr = '', timedOut } = ended;
  const isStarted = exitCode !== undefined || signal !== undefined;
  return {
    exitCode,
    signal,
    startError: isStarted ? undefined : originalMessage,
    stdout,
    stderr,
    isTimedOut: timedOut,
  };
}
