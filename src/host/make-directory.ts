import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes the directory and those above it, as far as they are missing; others may be making them, too. Not by Node's
 * `recursive`, which tries for ever where mkdir(2) answers ENOENT below a directory that exists (/proc), and reports
 * ENOENT for a read-only disk.
 */
export function makeDirectory(path: string, mode: number): void {
  const refusal = refusalOf(path, mode);
  if (!refusal) return;
  if (refusal.code !== 'ENOENT' || dirname(path) === path) throw refusal;
  makeDirectory(dirname(path), mode);
  const refusedAgain = refusalOf(path, mode);
  if (refusedAgain) throw refusedAgain;
}

/** Why the directory is not there now; undefined if it is. */
function refusalOf(path: string, mode: number): NodeJS.ErrnoException | undefined {
  try {
    mkdirSync(path, { mode });
    return undefined;
  } catch (cause) {
    const refusal = cause as NodeJS.ErrnoException;
    return refusal.code === 'EEXIST' && statSync(path).isDirectory() ? undefined : refusal;
  }
}
