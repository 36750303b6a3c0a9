/** Implements the port Records: one JSON file per device, so that a device cannot have two. */
import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import * as z from 'zod/mini';
import { isSought } from '../../schemas/attachment.ts';
import { CniError } from '../../schemas/fault.ts';
import { AttachmentRecord } from '../../schemas/record.ts';
import { PciAddress } from '../../schemas/words.ts';
import type { Log } from '../attachment/ports.ts';
import type { OwnRecords } from './all-records.ts';
import { makeDirectory } from './make-directory.ts';

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
    const text = unlessMissing(() => readFileSync(pathOf(device), 'utf8'));
    if (text === undefined) return undefined;
    const record = parseRecord(text, device);
    if (!record) setAside(pathOf(device));
    return record;
  }

  /** Among all, one that cannot be read must not stand in the way of the others. */
  function readable(device: string): AttachmentRecord | undefined {
    try {
      const text = unlessMissing(() => readFileSync(pathOf(device), 'utf8'));
      // Its DEL came between the list and the look.
      if (text === undefined) return undefined;
      const record = parseRecord(text, device);
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
    const fd = openSync(temporary, 'w', 0o600);
    try {
      writeFileSync(fd, `${JSON.stringify(record, null, 2)}\n`);
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

function parseRecord(text: string, device: string): AttachmentRecord | undefined {
  try {
    const record = z.parse(AttachmentRecord, JSON.parse(text));
    return record.device === device ? record : undefined;
  } catch {
    return undefined;
  }
}

function unlessMissing<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
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
