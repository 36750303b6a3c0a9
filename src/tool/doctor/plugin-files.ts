/** The plugins in a directory of a runtime: which of them are we? Read off the files: none is started. */
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { namesIn, unlessAbsent } from '../../host/node/files.ts';
import type { PluginPath } from '../../host/node/runtimes.ts';
import { likenessOf, type Source, withSource } from '../executable/likeness.ts';
import { programAt } from '../executable/program-at.ts';

export type PluginFile = {
  readonly path: string;
  /** `unfit`: it cannot be started. `unreadable`: by us. */
  readonly is: 'this executable' | 'another version' | 'another program' | 'unfit' | 'unreadable';
  /** Of another version. */
  readonly version?: string;
};

export type SearchedPath = PluginPath & {
  /** The first file of our name, which is the one that the runtime starts. */
  readonly sriov?: PluginFile;
  /** Names of all files there. */
  readonly names: readonly string[];
};

export function searched(paths: readonly PluginPath[], executable: string): Promise<SearchedPath[]> {
  return withSource(executable, (source) => Promise.all(paths.map((one) => searchedPath(one, source))));
}

async function searchedPath(one: PluginPath, source: Source): Promise<SearchedPath> {
  const names = one.directories.flatMap(namesIn);
  const path = one.directories.map((directory) => `${directory}/sriov`).find((file) => statOf(file));
  return { ...one, names, ...(path && { sriov: await pluginAt(path, source) }) };
}

const statOf = (path: string) => unlessAbsent(() => statSync(path));

async function pluginAt(path: string, source: Source): Promise<PluginFile> {
  if (!statSync(path).isFile() || !isExecutable(path)) return { path, is: 'unfit' };
  try {
    // Runtimes follow links.
    return { path, ...(await programIn(realpathSync(path), source)) };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EACCES') throw cause;
    return { path, is: 'unreadable' };
  }
}

async function programIn(file: string, source: Source): Promise<Omit<PluginFile, 'path'>> {
  if ((await likenessOf(file, source)).kind !== 'another') return { is: 'this executable' };
  const program = await programAt(file);
  return program.kind === 'ours'
    ? { is: 'another version', version: program.version }
    : { is: 'another program' };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
