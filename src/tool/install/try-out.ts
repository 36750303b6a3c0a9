/** Starts a file once as a plugin: what does not answer here must not get the name that runtimes start. */
import { dirname } from 'node:path';
import { CniError } from '../../../schemas/fault.ts';
import { type Ended, lateness, type RunFile } from '../../host/run-child.ts';

const TIMEOUT_MS = 30_000;

/** A question that changes nothing, which every plugin answers. */
const VERSION = {
  env: { CNI_COMMAND: 'VERSION' },
  input: '{"cniVersion":"1.0.0"}',
  stdio: ['pipe', 'pipe', 'pipe'],
  timeoutMs: TIMEOUT_MS,
} as const;

type File = { readonly path: string; readonly runFile: RunFile };

/** Whether the file is a plugin that works, by the name that it had. */
export async function answersAs(name: string, { path, runFile }: File): Promise<boolean> {
  return troubleOf(await runFile({ path, argv0: name, ...VERSION })) === undefined;
}

export async function mustAnswer(path: string, runFile: RunFile): Promise<void> {
  const trouble = troubleOf(await runFile({ path, ...VERSION }));
  if (trouble)
    throw new CniError(
      'unavailable',
      `Cannot install into ${dirname(path)}: what was copied does not work there: ${trouble}. What was there before is still in place`,
    );
}

/** Why a file that was asked for VERSION is no plugin that works; undefined if it is. */
export function troubleOf(ended: Ended): string | undefined {
  const { exitCode, signal, startError, stdout, stderr } = ended;
  if (startError !== undefined) return `${startError}${hintOf(startError)}`;
  const late = lateness(ended);
  if (late) return `it ${late}`;
  if (exitCode === 0 && isAnswer(stdout)) return undefined;
  const said = (stderr || stdout).trim().split('\n')[0] || 'nothing';
  const end = signal ? `was ended by ${signal}` : `ended with exit code ${exitCode}`;
  return `it ${end}, and said: ${said}${hintOf(said)}`;
}

function isAnswer(stdout: string): boolean {
  try {
    return Array.isArray(JSON.parse(stdout).supportedVersions);
  } catch {
    return false;
  }
}

const HINTS: readonly (readonly [said: RegExp, hint: string])[] = [
  [/EACCES/, 'the file system is mounted with noexec, or a security module forbids it'],
  [
    /ENOENT/,
    'the loader of glibc is missing, /lib64/ld-linux-x86-64.so.2: this system has another C library',
  ],
  [/ENOEXEC|Exec format/, 'the machine is no x86_64'],
  [/libstdc\+\+/, 'install libstdc++ (Debian: libstdc++6)'],
  [/GLIBC_/, 'it wants glibc 2.28 or later'],
];

function hintOf(said: string): string {
  const [, hint] = HINTS.find(([pattern]) => pattern.test(said)) ?? [];
  return hint === undefined ? '' : ` (${hint})`;
}
