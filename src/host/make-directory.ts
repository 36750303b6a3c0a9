import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes the directory and those above it, as far as they are missing. Not by Node's `recursive`, which tries for ever
 * where mkdir(2) answers ENOENT below a directory that exists (/proc), and reports ENOENT for a read-only disk.
 */
export function makeDirectory(path: string, mode: number): void {
  if (hasMade(path, mode)) return;
  makeDirectory(dirname(path), mode);
  mkdirSync(path, { mode });
}

/** False if the directory above is missing. */
function hasMade(path: string, mode: number): boolean {
  try {
    mkdirSync(path, { mode });
    return true;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(path).isDirectory()) return true;
    if (code === 'ENOENT' && dirname(path) !== path) return false;
    throw cause;
  }
}
