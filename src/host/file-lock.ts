/** Locks on files by flock(2), which dies with its last holder. Node has no such call; flock(1) takes it for us. */
import { closeSync, constants, existsSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { CniError } from '../../schemas/fault.ts';
import { seconds } from './deadline.ts';
import { makeDirectory } from './make-directory.ts';
import { readText } from './read-text.ts';
import type { RunChild } from './run-child.ts';

export type FileLock = {
  /**
   * Holds the lock of the file during the action. Throws CniError `busy` if it stays taken.
   */
  readonly withLock: <T>(path: string, action: () => Promise<T>, options?: LockOptions) => Promise<T>;
  /**
   * The descriptors of all locks that are held, or are being taken, the outermost first: every child that changes anything
   * inherits them.
   */
  readonly held: () => readonly number[];
};

type LockOptions = {
  /** Is written into the file, for those who find it taken. */
  readonly note?: string;
  /** What can be prepared while the lock is being taken. It must not throw. */
  readonly meanwhile?: () => void;
};

const { O_CREAT, O_NOFOLLOW, O_RDONLY, O_RDWR } = constants;

/** Above the time that a command needs with slow drivers, well below the deadline of runtimes (minutes). */
const PATIENCE_S = 30;

/** `endHolders` ends those who have inherited the descriptor, and would go on to hold the lock. */
export function createFileLock(run: RunChild, endHolders: (fd: number) => void = () => {}): FileLock {
  const held: number[] = [];
  return {
    held: () => [...held],
    withLock: async (path, action, { note, meanwhile } = {}) => {
      const fd = openLock(path);
      held.push(fd);
      try {
        const taken = take(run, path, fd);
        meanwhile?.();
        await taken;
        if (note !== undefined) leaveNote(fd, note);
        return await action();
      } finally {
        held.splice(held.indexOf(fd), 1);
        endHolders(fd);
        letGo(fd);
      }
    },
  };
}

/** Linux closes the descriptor whatever it answers, and nobody depends on what is in the file. */
function letGo(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    return;
  }
}

function openLock(path: string): number {
  try {
    makeDirectory(dirname(path), 0o700);
    return openFile(path);
  } catch (cause) {
    throw new CniError('input-output', `Cannot open the lock ${path}: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** On a disk that has become read-only a VF is still to be restored, and flock(2) asks for no permission to write. */
function openFile(path: string): number {
  try {
    return openSync(path, O_CREAT | O_RDWR | O_NOFOLLOW, 0o600);
  } catch (cause) {
    const isReadOnly = (cause as NodeJS.ErrnoException).code === 'EROFS';
    if (!isReadOnly || !existsSync(path)) throw cause;
    return openSync(path, O_RDONLY | O_NOFOLLOW);
  }
}

async function take(run: RunChild, path: string, fd: number): Promise<void> {
  const { exitCode, stderr, startError, killedAfterMs } = await run({
    program: 'flock',
    args: ['-x', '-w', String(PATIENCE_S), '3'],
    descriptors: [fd],
    timeoutMs: (PATIENCE_S + 5) * 1000,
  });
  if (exitCode === 0) return;
  const waitedS = seconds(killedAfterMs ?? PATIENCE_S * 1000);
  // flock(1) is silent when the time is over.
  const reason = startError ?? (stderr.trim() || `${holderOf(path)} has held it for ${waitedS} s`);
  throw new CniError('busy', `Cannot take the lock ${path}: ${reason}`);
}

/** What keeps the note from being written keeps nobody from working. */
function leaveNote(fd: number, note: string): void {
  try {
    ftruncateSync(fd);
    writeSync(fd, note, 0);
  } catch {
    return;
  }
}

function holderOf(path: string): string {
  return noteIn(path).slice(0, 300) || 'another command';
}

function noteIn(path: string): string {
  try {
    return readText(path);
  } catch {
    return '';
  }
}
