/** Implements the port Records: one JSON file per device, so that a device cannot have two. */
import {
  closeSync,
  constants,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { isSought } from '../../schemas/attachment.ts';
import { CniError } from '../../schemas/fault.ts';
import type { AttachmentRecord } from '../../schemas/record.ts';
import { PciAddress } from '../../schemas/words.ts';
import type { Log } from '../attachment/ports.ts';
import type { OwnRecords } from './all-records.ts';
import { makeDirectory } from './make-directory.ts';
import { readText } from './read-text.ts';
import { recordIn, recordText } from './record-file.ts';

const SUFFIX = '.json';

export function createDiskRecords(directory: string, log: Log): OwnRecords {
  const pathOf = (device: string) => `${directory}/${device}${SUFFIX}`;

  return {
    ofDevice: (device) => attempt(`read ${pathOf(device)}`, () => read(device)),
    ofAttachment: (sought) =>
      attempt(`read ${directory}`, () => all().filter((record) => isSought(record.attachment, sought))),
    ofNetwork: (network) =>
      attempt(`read ${directory}`, () => all().filter(({ attachment }) => attachment.network === network)),
    write: (record) => attempt(`write ${pathOf(record.device)}`, () => write(record)),
    remove: (device) => attempt(`remove ${pathOf(device)}`, () => remove(pathOf(device))),
  };

  function all(): AttachmentRecord[] {
    const names = unlessMissing(() => readdirSync(directory)) ?? [];
    const devices = names
      .filter((name) => name.endsWith(SUFFIX))
      .map((name) => name.slice(0, -SUFFIX.length));
    return devices
      .filter((device) => PciAddress.safeParse(device).success)
      .flatMap((device) => readable(device) ?? []);
  }

  /** Only who holds the device's lock may set its record aside: to others it may be about to change. */
  function read(device: string): AttachmentRecord | undefined {
    const text = textIn(pathOf(device));
    if (text === undefined) return undefined;
    const record = recordIn(text, device);
    if (!record) setAside(pathOf(device));
    return record;
  }

  /** Among all, one that cannot be read must not stand in the way of the others. */
  function readable(device: string): AttachmentRecord | undefined {
    try {
      const text = textIn(pathOf(device));
      // Its DEL came between the list and the look.
      if (text === undefined) return undefined;
      const record = recordIn(text, device);
      if (!record) log('warning', `The record ${pathOf(device)} is damaged`);
      return record;
    } catch (cause) {
      log('warning', `Cannot read ${pathOf(device)}: ${(cause as Error).message}`);
      return undefined;
    }
  }

  /** What cannot be believed is kept for a person to look at, out of the way. */
  function setAside(path: string): void {
    renameSync(path, `${path}.damaged`);
    log('error', `The record ${path} is damaged and was renamed to ${path}.damaged`);
  }

  function write(record: AttachmentRecord): void {
    makeDirectory(directory, 0o700);
    const path = pathOf(record.device);
    // Only the holder of the device's lock writes: the name of the temporary file needs no more to be unique.
    const temporary = `${path}.new`;
    const fd = openAnew(temporary);
    try {
      writeFileSync(fd, recordText(record));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
    syncDirectory();
  }

  function remove(path: string): void {
    unlessMissing(() => unlinkSync(`${path}.new`));
    unlessMissing(() => unlinkSync(path));
  }

  function syncDirectory(): void {
    const fd = openSync(directory, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }
}

/** A link of others, a FIFO that waits for a writer, a directory: nothing that we wrote. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const NO_FILE = ['ELOOP', 'ENXIO', 'EISDIR'];

/** Undefined if there is none; empty if it is no file. */
function textIn(path: string): string | undefined {
  const read = () => unlessMissing(() => readText(path, READ));
  return unless(NO_FILE, read, () => '');
}

/** Not what a killed writer, or somebody else, left under the name: O_EXCL follows no symbolic link. */
function openAnew(path: string): number {
  const create = () => openSync(path, 'wx', 0o600);
  return unless(['EEXIST'], create, () => {
    unlinkSync(path);
    return create();
  });
}

function unlessMissing<T>(action: () => T): T | undefined {
  return unless(['ENOENT'], action, () => undefined);
}

function unless<T, U>(codes: readonly string[], action: () => T, otherwise: () => U): T | U {
  try {
    return action();
  } catch (cause) {
    if (codes.includes((cause as NodeJS.ErrnoException).code ?? '')) return otherwise();
    throw cause;
  }
}

async function attempt<T>(what: string, action: () => T): Promise<T> {
  try {
    return action();
  } catch (cause) {
    throw new CniError('input-output', `Cannot ${what}: ${(cause as Error).message}`, { cause });
  }
}
