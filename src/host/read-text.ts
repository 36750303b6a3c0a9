import { constants, readFileSync } from 'node:fs';

/**
 * The text of a file that is on a disk. Asked for a text, Node aborts the whole process if close(2) fails, as it may where the
 * file system is far away.
 */
export function readText(path: string, flags = constants.O_RDONLY): string {
  return readFileSync(path, { flag: flags }).toString('utf8');
}
