/** Whose program a file is, read off the file: one that does not start is told, too. */
import { constants, lstatSync, readlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { CniError } from '../../../schemas/fault.ts';

export type Program =
  | { readonly kind: 'none' }
  | { readonly kind: 'ours'; readonly version: string }
  /** `what` says what it is, such as "a symbolic link to /bin/true". */
  | { readonly kind: 'another'; readonly what: string };

export async function programAt(path: string): Promise<Program> {
  const seen = lstatSync(path, { throwIfNoEntry: false });
  if (!seen) return { kind: 'none' };
  mustBeNoDirectory(path);
  if (seen.isSymbolicLink()) return { kind: 'another', what: `a symbolic link to ${readlinkSync(path)}` };
  if (!seen.isFile()) return { kind: 'another', what: 'no regular file' };
  const version = await versionIn(path);
  return version === undefined ? { kind: 'another', what: 'another program' } : { kind: 'ours', version };
}

export function mustBeNoDirectory(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new CniError('input-output', `${path} is a directory: move it away`);
}

/** Neither a link that has come meanwhile is followed, nor does a FIFO make us wait. */
export const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const CHUNK = 4 * 1024 * 1024;
/** What our executable says of itself when a person starts it, as it stands in its snapshot. */
const MARK = Buffer.from('SR-IOV CNI plugin ');
const VERSION = /^(\d[\w.+-]*), on Node /;
const LONGEST = 100;

/** The version of our executable; undefined if the file is another program. */
async function versionIn(path: string): Promise<string | undefined> {
  const handle = await open(path, READ);
  try {
    const buffer = Buffer.alloc(CHUNK);
    for (let at = 0; ; at += CHUNK - LONGEST) {
      const { bytesRead } = await handle.read(buffer, 0, CHUNK, at);
      const version = versionAmong(buffer.subarray(0, bytesRead));
      if (version !== undefined || bytesRead < CHUNK) return version;
    }
  } finally {
    await handle.close();
  }
}

export function versionAmong(bytes: Buffer): string | undefined {
  for (let at = bytes.indexOf(MARK); at >= 0; at = bytes.indexOf(MARK, at + 1)) {
    const from = at + MARK.length;
    const [, version] = VERSION.exec(bytes.toString('latin1', from, from + LONGEST - MARK.length)) ?? [];
    if (version !== undefined) return version;
  }
  return undefined;
}
