/** System calls of the store: which answers are no failure, and how the others are worded. */
import { closeSync, constants, fsyncSync, lstatSync, openSync, readSync, unlinkSync } from 'node:fs';
import { CniError } from '../schemas/fault.ts';

/** @throws CniError `input-output`, `Cannot <doing>: ENOSPC: no space left on device`, if the system refuses. */
export function attempt<T>(doing: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    throw new CniError('input-output', `Cannot ${doing}: ${reasonOf(error)}`, { cause: error });
  }
}

/** Undefined if the system answers with this code. */
export function unless<T>(code: string, action: () => T): T | undefined {
  return unlessAny([code], action);
}

/** Undefined if there is nothing: also where nothing can be, since the path leads through a file or is none. */
export function unlessGone<T>(action: () => T): T | undefined {
  return unlessAny(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'], action);
}

function unlessAny<T>(codes: readonly string[], action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (codes.includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** Whether the file was there. */
export function unlink(file: string): boolean {
  const remove = () => {
    unlinkSync(file);
    return true;
  };
  return attempt(`remove ${file}`, () => unless('ENOENT', remove)) ?? false;
}

/** A FIFO would wait for a writer. Nobody who shares the store makes symbolic links. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
/** More than a container id and an interface name have. */
const MAX_BYTES = 1024;

/** Of a text, which is whole if it is one of ours or of upstream; empty if the file is a symbolic link. */
export function beginningOf(file: string): string {
  const fd = unless('ELOOP', () => openSync(file, READ));
  if (fd === undefined) {
    // Throws ELOOP if it is the way there that has too many links.
    lstatSync(file);
    return '';
  }
  try {
    const bytes = Buffer.alloc(MAX_BYTES);
    return bytes.toString('utf8', 0, readSync(fd, bytes));
  } finally {
    close(fd);
  }
}

/** Linux closes the descriptor whatever it answers, and what was to last was written by fsync(2) before. */
export function close(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    return;
  }
}

/** Makes links and unlinks in the directory outlast a loss of power. */
export function fsyncDirectory(directory: string): void {
  attempt(`write ${directory}`, () => {
    const fd = openSync(directory, 'r');
    try {
      fsyncSync(fd);
    } finally {
      close(fd);
    }
  });
}

/** Those that pass. What the system refuses for one is noted, and keeps no other from its turn. */
export function sift<T>(items: readonly T[], refusals: string[], passes: (item: T) => boolean): T[] {
  return items.filter((item) => {
    try {
      return passes(item);
    } catch (error) {
      if (!(error instanceof CniError)) throw error;
      refusals.push(error.message);
      return false;
    }
  });
}

/** @throws CniError `input-output` that names all of them */
export function throwAny(refusals: readonly string[]): void {
  if (refusals.length > 0) throw new CniError('input-output', refusals.join('; '));
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Node's message without `, <system call> '<path>'`. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/, \w+( '.*)?$/s, '') : String(error);
}
