/** Starts the programs that do our work: by absolute path, without a shell, in an environment of our own. */
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
  readonly stdout: string;
  readonly stderr: string;
  readonly isTimedOut: boolean;
};

export type RunChild = (child: Child) => Ended;

/** English messages, by which refusals are told apart. */
const ENVIRONMENT = { LC_ALL: 'C', PATH: DIRECTORIES.join(':') };

export function runChild({ program, args, input = '', descriptors = [], timeoutMs }: Child): Ended {
  const ended = execaSync(pathOf(program), args, {
    input,
    // execa passes descriptors on at any place; its types have them only at the first three.
    stdio: ['pipe', 'pipe', 'pipe', ...descriptors.map((fd) => (fd ?? 'ignore') as 'ignore')],
    env: ENVIRONMENT,
    // The runtime's working directory may be gone.
    cwd: '/',
    extendEnv: false,
    reject: false,
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  return {
    exitCode: ended.exitCode,
    stdout: ended.stdout,
    stderr: ended.stderr,
    isTimedOut: ended.timedOut,
  };
}
