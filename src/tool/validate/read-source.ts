/** A file, or standard input, as far as it can be a configuration. */
import { closeSync, openSync, readSync } from 'node:fs';

/** In bytes: what the plugin itself reads. Manifests of a whole cluster have less, too. */
export const MOST_BYTES = 4_000_000;

/** Undefined if it has more than that: it may be a device without end. */
export function readAtMost(path: string): string | undefined {
  const fd = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(MOST_BYTES + 1);
    let total = 0;
    for (let read = -1; read !== 0 && total < bytes.length; total += read) {
      read = readSync(fd, bytes, total, bytes.length - total, null);
    }
    return total > MOST_BYTES ? undefined : bytes.toString('utf8', 0, total);
  } finally {
    closeSync(fd);
  }
}
