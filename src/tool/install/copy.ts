/** Copies the running executable, and tells whether a file is a copy of it. */
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { READ } from './program-at.ts';

const CHUNK = 8 * 1024 * 1024;
const MODE = 0o755;
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

export type Copying = {
  readonly source: Source;
  /** Throws if the copy is not to go on. */
  readonly onProgress: (bytesDone: number) => void;
};

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** Makes the file, and returns its identity when it is on the disk. */
export async function copyTo(path: string, { source, onProgress }: Copying): Promise<string> {
  const target = await open(path, CREATE, MODE);
  try {
    const buffer = Buffer.alloc(CHUNK);
    for (let at = 0; ; ) {
      onProgress(at);
      const { bytesRead } = await source.handle.read(buffer, 0, CHUNK, at);
      if (bytesRead === 0) break;
      await writeAll(target, buffer.subarray(0, bytesRead), at);
      // In pieces: what is told as done is on the disk.
      await target.sync();
      at += bytesRead;
    }
    return identityOf(await target.stat({ bigint: true }));
  } finally {
    await target.close();
  }
}

async function writeAll(target: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += (await target.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
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
    const isSame = seen.isFile() && seen.size === BigInt(source.bytes) && (await hasContent(handle, source));
    if (!isSame) return { kind: 'another' };
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

/** Nobody but us may write to it, and everybody may start it. */
const isProper = ({ mode, uid }: BigIntStats) =>
  (mode & ALL_BITS) === BigInt(MODE) && uid === BigInt(process.getuid?.() ?? 0);

async function hasContent(one: FileHandle, { handle: other }: Source): Promise<boolean> {
  const [first, second] = [Buffer.alloc(CHUNK), Buffer.alloc(CHUNK)];
  for (let at = 0; ; ) {
    const [mine, its] = await Promise.all([one.read(first, 0, CHUNK, at), other.read(second, 0, CHUNK, at)]);
    const isEqual = first.subarray(0, mine.bytesRead).equals(second.subarray(0, its.bytesRead));
    if (!isEqual || mine.bytesRead === 0) return isEqual;
    at += mine.bytesRead;
  }
}
