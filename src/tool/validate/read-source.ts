/** A file that the command line names, or standard input, as far as it can be a configuration. */
import { closeSync, openSync, readSync } from 'node:fs';
import { CniError } from '../../../schemas/fault.ts';
import type { Tool } from '../tool.ts';
import { type Source, sourceOf } from './source.ts';

/** In bytes: what the plugin itself reads. Manifests of a whole cluster have less, too. */
export const MOST_BYTES = 4_000_000;

const STDIN = '-';

/** For a person. */
export const nameOf = (file: string) => (file === STDIN ? '<stdin>' : file);

/** Throws CniError `decode` if it is too much, `input-output` if it cannot be read. */
export function readSource(file: string, { readStdin }: Pick<Tool, 'readStdin'>): Source {
  return sourceOf(nameOf(file), file === STDIN ? readStdin() : readFile(file));
}

const NO_FILE = 'no such file';
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: NO_FILE,
  ENOTDIR: NO_FILE,
  EISDIR: 'it is a directory. Name the files in it',
  EACCES: 'permission denied',
};

function readFile(path: string): string {
  try {
    return readAtMost(path);
  } catch (cause) {
    if (cause instanceof CniError) throw cause;
    const { code = '', message } = cause as NodeJS.ErrnoException;
    throw new CniError('input-output', `Cannot read ${path}: ${REASONS[code] ?? message}`, { cause });
  }
}

/** It may be a device without end. */
function readAtMost(path: string): string {
  const fd = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(MOST_BYTES + 1);
    let total = 0;
    for (let read = -1; read !== 0 && total < bytes.length; total += read) {
      read = readSync(fd, bytes, total, bytes.length - total, null);
    }
    if (total > MOST_BYTES) throw new CniError('decode', `${path} has more than ${MOST_BYTES} bytes`);
    return bytes.toString('utf8', 0, total);
  } finally {
    closeSync(fd);
  }
}
