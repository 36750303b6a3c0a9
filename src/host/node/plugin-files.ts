/** The plugins in a directory of a runtime: which of them are we? */
import { accessSync, closeSync, constants, openSync, readSync, type Stats, statSync } from 'node:fs';
import type { RunFile } from '../run-child.ts';
import { namesIn, unlessAbsent } from './files.ts';
import type { PluginPath } from './runtimes.ts';

export type PluginFile = {
  readonly path: string;
  /** `unfit`: it cannot be started. */
  readonly is: 'this executable' | 'another version' | 'another program' | 'unfit';
  /** Of another version. */
  readonly version?: string;
};

export type SearchedPath = PluginPath & {
  /** The first file of our name, which is the one that the runtime starts. */
  readonly sriov?: PluginFile;
  /** Names of all files there. */
  readonly names: readonly string[];
};

export async function searched(
  paths: readonly PluginPath[],
  own: { readonly executable: string; readonly runFile: RunFile },
): Promise<SearchedPath[]> {
  return Promise.all(
    paths.map(async (one) => {
      const names = one.directories.flatMap(namesIn);
      const path = one.directories.map((directory) => `${directory}/sriov`).find((file) => statOf(file));
      return { ...one, names, ...(path && { sriov: await pluginAt(path, own) }) };
    }),
  );
}

const statOf = (path: string) => unlessAbsent(() => statSync(path));

type Own = { readonly executable: string; readonly runFile: RunFile };

async function pluginAt(path: string, { executable, runFile }: Own): Promise<PluginFile> {
  const [found, own] = [statSync(path), statSync(executable)];
  if (!found.isFile() || !isExecutable(path)) return { path, is: 'unfit' };
  if (isOne(found, own) || (found.size === own.size && hasSameContent(path, executable)))
    return { path, is: 'this executable' };
  const version = await versionOf(path, runFile);
  return version ? { path, is: 'another version', version } : { path, is: 'another program' };
}

const isOne = (one: Stats, other: Stats) => one.ino === other.ino && one.dev === other.dev;

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const PIECE = 1_048_576;

function hasSameContent(one: string, other: string): boolean {
  const fds = [one, other].map((path) => openSync(path, 'r'));
  try {
    for (let at = 0; ; at += PIECE) {
      const [left, right] = fds.map((fd) => pieceOf(fd, at));
      if (!left || !right || !left.equals(right)) return false;
      if (left.length === 0) return true;
    }
  } finally {
    for (const fd of fds) closeSync(fd);
  }
}

function pieceOf(fd: number, at: number): Buffer {
  const piece = Buffer.alloc(PIECE);
  return piece.subarray(0, readSync(fd, piece, 0, PIECE, at));
}

const TIMEOUT_MS = 5000;

/** What `--version` of ours answers, or the version alone. */
const ANSWER = /^(?:SR-IOV CNI plugin )?(\d+\.\d+\.\d+[^\s,]*)(?:$|, on Node )/;

/** Without CNI_COMMAND a CNI plugin changes nothing. */
async function versionOf(path: string, runFile: RunFile): Promise<string | undefined> {
  const stdio = ['ignore', 'pipe', 'pipe'] as const;
  const { stdout } = await runFile({ path, args: ['--version'], env: {}, stdio, timeoutMs: TIMEOUT_MS });
  return ANSWER.exec(stdout.trim())?.[1];
}
