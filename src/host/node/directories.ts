/** Directories that the plugin writes to, without writing. */
import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { unlessAbsent } from './files.ts';

export type OwnDirectory = {
  readonly path: string;
  /** Absent if it is not there. */
  readonly found?: Pick<Stats, 'uid' | 'mode'> & { readonly isDirectory: boolean };
  /** Why neither it, nor the nearest one above that is there, can be written to. */
  readonly refusal?: string;
};

/** Everybody else is refused much of what there is to see. */
export const isRoot = () => process.geteuid?.() === 0;

export function ownDirectory(path: string): OwnDirectory {
  const found = unlessAbsent(() => statSync(path));
  const refusal = refusalOf(path);
  return {
    path,
    ...(found && { found: { uid: found.uid, mode: found.mode & 0o7777, isDirectory: found.isDirectory() } }),
    ...(refusal && { refusal }),
  };
}

function refusalOf(path: string): string | undefined {
  try {
    accessSync(path, constants.W_OK);
    return undefined;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    return code === 'ENOENT' && dirname(path) !== path ? refusalOf(dirname(path)) : message;
  }
}
