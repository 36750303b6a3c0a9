/** Tells whether a file is a copy of our executable. */
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { READ } from './program-at.ts';

const CHUNK = 8 * 1024 * 1024;
/** Nobody but its owner may write to it, and everybody may start it. */
export const EXECUTABLE_MODE = 0o755;
const ALL_BITS = 0o7777n;

export type Source = {
  readonly handle: FileHandle;
  readonly bytes: number;
};

export async function openSource(path: string, flags = constants.O_RDONLY): Promise<Source> {
  const handle = await open(path, flags);
  const { size } = await handle.stat();
  return { handle, bytes: size };
}

/** Has it open for the time of the action. */
export async function withSource<T>(path: string, action: (source: Source) => Promise<T>): Promise<T> {
  const source = await openSource(path);
  try {
    return await action(source);
  } finally {
    await source.handle.close();
  }
}

/** Changes if somebody replaces the file, writes to it, or takes the right to execute it away. */
export function identityOf({ dev, ino, size, mtimeNs, mode, uid }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, mode, uid].join(':');
}

/** `content`: the same bytes, but with another mode or owner. */
export type Likeness =
  | { readonly kind: 'copy'; readonly identity: string }
  | { readonly kind: 'content' }
  | { readonly kind: 'another' };

export async function likenessOf(path: string, source: Source): Promise<Likeness> {
  const handle = await open(path, READ).catch(noFile);
  if (!handle) return { kind: 'another' };
  try {
    const seen = await handle.stat({ bigint: true });
    if (!(seen.isFile() && (await isSame(handle, seen, source)))) return { kind: 'another' };
    return isProper(seen) ? { kind: 'copy', identity: identityOf(seen) } : { kind: 'content' };
  } finally {
    await handle.close();
  }
}

/** Nothing there, a symbolic link, a socket. */
const NO_FILE = ['ENOENT', 'ELOOP', 'ENXIO'];

function noFile(cause: NodeJS.ErrnoException): undefined {
  if (!NO_FILE.includes(cause.code ?? '')) throw cause;
}

const isProper = ({ mode, uid }: BigIntStats) =>
  (mode & ALL_BITS) === BigInt(EXECUTABLE_MODE) && uid === BigInt(process.getuid?.() ?? 0);

async function isSame(handle: FileHandle, { dev, ino, size }: BigIntStats, source: Source): Promise<boolean> {
  const own = await source.handle.stat({ bigint: true });
  if (dev === own.dev && ino === own.ino) return true;
  return size === own.size && (await hasContent(handle, source));
}

async function hasContent(one: FileHandle, { handle: other }: Source): Promise<boolean> {
  const [first, second] = [Buffer.alloc(CHUNK), Buffer.alloc(CHUNK)];
  for (let at = 0; ; ) {
    const [mine, its] = await Promise.all([one.read(first, 0, CHUNK, at), other.read(second, 0, CHUNK, at)]);
    const isEqual = first.subarray(0, mine.bytesRead).equals(second.subarray(0, its.bytesRead));
    if (!isEqual || mine.bytesRead === 0) return isEqual;
    at += mine.bytesRead;
  }
}
