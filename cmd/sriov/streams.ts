/** Standard input and output of the process, whatever the caller has put there. */
import { readSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { CniError } from '../../schemas/fault.ts';

const STDIN = 0;
export const STDOUT = 1;
export const STDERR = 2;

/** In bytes: a list of 30 000 valid attachments, which is what grows most. */
const MAX_STDIN = 4_000_000;

/** A terminal would wait for a person: VERSION may be asked without input. */
export function readStdin(): string {
  return isatty(STDIN) ? '' : readToEnd();
}

/** A person may type it. */
export function readToEnd(): string {
  const chunks: Buffer[] = [];
  for (let total = 0; total <= MAX_STDIN; total += chunks.at(-1)?.length ?? 0) {
    const chunk = readChunk();
    if (chunk.length === 0) return Buffer.concat(chunks).toString();
    chunks.push(chunk);
  }
  throw new CniError('decode', `Standard input has more than ${MAX_STDIN} bytes`);
}

function readChunk(): Buffer {
  const chunk = Buffer.alloc(65_536);
  try {
    const length = patiently(() => readSync(STDIN, chunk));
    // Not a part of the chunk, which would all be kept for a few bytes.
    return Buffer.from(chunk.subarray(0, length));
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
