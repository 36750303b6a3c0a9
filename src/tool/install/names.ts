/** Gives files their names in a directory of plugins: whenever this process dies, a name means a whole file, and is never missing meanwhile. */
import {
  closeSync,
  constants,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { unless } from '../../host/unless.ts';
import { openSource } from '../executable/likeness.ts';
import { READ } from '../executable/program-at.ts';
import { copyTo } from './copy.ts';
import { isDraftOf, newDraft, type Place } from './place.ts';

/** Removes what the action has left under the name of the draft, however it ends. */
export async function withDraft<T>(place: Place, action: (draft: string) => Promise<T>): Promise<T> {
  const draft = newDraft(place);
  try {
    return await action(draft);
  } finally {
    removeIfThere(draft);
  }
}

/** A second name for what is there, under which nobody else replaces it; false if nothing is there. */
export async function pin({ path }: Pick<Place, 'path'>, draft: string): Promise<boolean> {
  try {
    linkSync(path, draft);
    return true;
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return false;
    if (!NO_LINKS.includes(code)) throw cause;
    await copyInstead(path, draft);
    return true;
  }
}

/** A file system without hard links, or without CAP_FOWNER a file of somebody else (fs.protected_hardlinks). */
const NO_LINKS = ['EPERM', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

async function copyInstead(path: string, draft: string): Promise<void> {
  if (lstatSync(path).isSymbolicLink()) return symlinkSync(readlinkSync(path), draft);
  const source = await openSource(path, READ);
  try {
    await copyTo(draft, { source, onProgress: () => {} });
  } finally {
    await source.handle.close();
  }
}

/** Of two names for one file rename(2) leaves both. */
export function rename(from: string, to: string): void {
  renameSync(from, to);
  removeIfThere(from);
}

export function removeIfThere(path: string): boolean {
  return unless(
    ['ENOENT'],
    () => {
      unlinkSync(path);
      return true;
    },
    () => false,
  );
}

/** What has its name now keeps it if the machine loses power. */
export function syncDirectory(directory: string): void {
  const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    // Some file systems have no such thing for directories.
    unless(
      ['EINVAL'],
      () => fsyncSync(fd),
      () => undefined,
    );
  } finally {
    closeSync(fd);
  }
}

/** One that is written to grows younger with each piece. */
const ABANDONED_MS = 600_000;

/** Removes drafts of installs that were killed. */
export function sweep(place: Place): void {
  for (const name of readdirSync(place.directory)) {
    const path = `${place.directory}/${name}`;
    if (isDraftOf(place, name) && ageMs(path) > ABANDONED_MS) removeIfThere(path);
  }
}

/** A second name of a file is as old as the name, which the file's own time does not tell. */
function ageMs(path: string): number {
  const seen = lstatSync(path, { throwIfNoEntry: false });
  if (!seen) return 0;
  return Date.now() - (seen.nlink > 1 ? seen.ctimeMs : seen.mtimeMs);
}
