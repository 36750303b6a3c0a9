/** Copies the running executable. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { EXECUTABLE_MODE, identityOf, type Source } from '../executable/likeness.ts';

const CHUNK = 8 * 1024 * 1024;

export type Copying = {
  readonly source: Source;
  /** Throws if the copy is not to go on. */
  readonly onProgress: (bytesDone: number) => void;
};

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** Makes the file, and returns its identity when it is on the disk. */
export async function copyTo(path: string, { source, onProgress }: Copying): Promise<string> {
  const target = await open(path, CREATE, EXECUTABLE_MODE);
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
