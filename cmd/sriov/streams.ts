/** Standard input and output of the process, whatever the caller has put there. */
import { readSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { CniError } from '../../schemas/fault.ts';

export const STDIN = 0;
export const STDOUT = 1;
export const STDERR = 2;

/** In bytes: a list of 30 000 valid attachments, which is what grows most. */
const MAX_STDIN = 4_000_000;

/** A terminal would wait for a person: VERSION may be asked without input. */
export function readStdin(fd: number): string {
  return isatty(fd) ? '' : readToEnd(fd);
}

/** A person may type it. */
export function readToEnd(fd = STDIN): string {
  const chunks: Buffer[] = [];
  const space = Buffer.allocUnsafe(65_536);
  for (let total = 0; total <= MAX_STDIN; total += chunks.at(-1)?.length ?? 0) {
    const length = readSome(fd, space);
    if (length === 0) return Buffer.concat(chunks).toString();
    chunks.push(Buffer.from(space.subarray(0, length)));
  }
  throw new CniError('decode', `Standard input has more than ${MAX_STDIN} bytes`);
}

function readSome(fd: number, space: Buffer): number {
  try {
    return patiently(() => readSync(fd, space));
  } catch (cause) {
    throw new CniError('input-output', `Cannot read standard input: ${(cause as Error).message}`, { cause });
  }
}

/** A pipe may take less than all at once. */
export function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) written += patiently(() => writeSync(fd, bytes, written));
}

/** For a person. Where even that cannot be written, the exit code has to do. */
export function complain(sentence: string): void {
  try {
    writeAll(STDERR, `sriov: ${sentence}\n`);
  } catch {
    return;
  }
}

const RETRY_MS = 5;

/** A pipe that its other end has made non-blocking answers EAGAIN instead of waiting. */
function patiently(call: () => number): number {
  for (;;) {
    try {
      return call();
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EAGAIN') throw cause;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}
