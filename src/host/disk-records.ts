/** Implements the port Records: one JSON file per device, so that a device cannot have two. */
import {
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
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
import { unless } from './unless.ts';

const SUFFIX = '.json';

export function createDiskRecords(directory: string, log: Log): OwnRecords {
  const pathOf = (device: string) => `${directory}/${device}${SUFFIX}`;

  return {
    ofDevice: (device) => attempt(`read ${pathOf(device)}`, () => read(device)),
    ofAttachment: (sought) =>
      attempt(`read ${directory}`, () => all().filter((record) => isSought(record.attachment, sought))),
    ofNetwork: (network) =>
      attempt(`read ${directory}`, () => all().filter(({ attachment }) => attachment.network === network)),
    every: () => attempt(`read ${directory}`, all),
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
    if (!record) trySetAside(pathOf(device));
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
    const aside = unusedName(`${path}.damaged`);
    renameSync(path, aside);
    log('error', `The record ${path} is damaged and was renamed to ${aside}`);
  }

  /** Where it stays, it is no record either: whoever writes or removes one there hears of it. */
  function trySetAside(path: string): void {
    try {
      setAside(path);
    } catch (cause) {
      log('error', `The record ${path} is damaged and cannot be renamed: ${(cause as Error).message}`);
    }
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

  /** Not what a killed writer, or somebody else, left under the name: O_EXCL follows no symbolic link. */
  function openAnew(path: string): number {
    const create = () => openSync(path, 'wx', 0o600);
    return unless(['EEXIST'], create, () => {
      clear(path);
      return create();
    });
  }

  function remove(path: string): void {
    clear(`${path}.new`);
    clear(path);
  }

  /** A directory is none of ours. */
  function clear(path: string): void {
    const remove = () => unlinkPresent(path);
    unless(['EISDIR'], remove, () => setAside(path));
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

/** On a read-only disk unlink(2) answers EROFS, also for what is not there. */
function unlinkPresent(path: string): void {
  try {
    unlinkSync(path);
  } catch (cause) {
    if (isThere(path)) throw cause;
  }
}

/** What was kept earlier stays: the name, or else with the first number that is free. */
function unusedName(name: string): string {
  let unused = name;
  for (let number = 1; isThere(unused); number++) unused = `${name}.${number}`;
  return unused;
}

function isThere(path: string): boolean {
  return unlessMissing(() => lstatSync(path)) !== undefined;
}

function unlessMissing<T>(action: () => T): T | undefined {
  return unless(['ENOENT'], action, () => undefined);
}

async function attempt<T>(what: string, action: () => T): Promise<T> {
  try {
    return action();
  } catch (cause) {
    throw new CniError('input-output', `Cannot ${what}: ${(cause as Error).message}`, { cause });
  }
}
