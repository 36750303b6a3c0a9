/**
 * Who holds what, kept in a directory that is too large to be read for each command. It is believed while the directory has the
 * modification time that was given it under the lock, which every change moves: upstream's changes are under the same lock, and
 * those of ours that are not make it forgotten. It never tells that an address is free. What keeps it from being written only costs time.
 */
import {
  type BigIntStats,
  constants,
  existsSync,
  lstatSync,
  openSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { type Ip, ipText, parseIp } from '../schemas/ip.ts';
import { close, unlessGone, unlink } from './disk-call.ts';
import type { MakeDirectory } from './disk-claim.ts';
import { ownersOf } from './disk-layout.ts';
import type { Holder } from './reservations.ts';

/** Of one container. To be used under the lock. */
export type Owners = {
  /** All that the container holds, and perhaps more; undefined if all reservations are to be read to know that. */
  readonly known: () => readonly Ip[] | undefined;
  /** What all reservations tell, as long as nothing was changed. */
  readonly learn: (holders: ReadonlyMap<Ip, Holder>) => void;
  readonly add: (addresses: readonly Ip[]) => void;
  readonly drop: (addresses: readonly Ip[]) => void;
  /** Whether none of these addresses is free, as far as that is known. */
  readonly isFull: (addresses: string) => boolean;
  /** As long as nothing was changed. */
  readonly noteFull: (addresses: string) => void;
  /** Without it, nothing is known next time if anything was changed. */
  readonly close: () => void;
};

/** What is asked of the machine for it. */
export type OwnersOptions = { readonly bootId: () => string; readonly makeDirectory: MakeDirectory };

/** 700 to 800 addresses, which take 10 ms to read; of a directory, every file system tells something like the length of its names. */
const LARGE_BYTES = 16_384n;

/** Containers are spread over so many files: one for all would take as long to read as the directory. */
const FILES = 256;

const WRITE = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;

/** Whether to ask here who holds what in the directory. */
export function isForOwners(directory: string): boolean {
  const found = unlessGone(() => lookAt(directory));
  return found !== undefined && (found.size > LARGE_BYTES || areOwnersKept(directory));
}

/** Whether whoever has reserved without the lock must see to it that it is forgotten, since it may not tell of that. */
export const areOwnersKept = (directory: string) => existsSync(ownersOf(directory));

/** Under the lock. */
export const forgetOwners = (directory: string) => unlink(wholeOf(ownersOf(directory)));

export function ownersIn(directory: string, containerId: string, options: OwnersOptions): Owners {
  const place = ownersOf(directory);
  const file = `${place}/${fileNameOf(containerId)}`;
  // Before anything is read: whoever reserves without the lock, too late to be seen, finds it.
  hint(() => options.makeDirectory(place, 0o700));
  let lines = isWhole(directory, options) ? hint(() => linesIn(file)) : undefined;
  let isChanged = false;

  return {
    known: () => lines?.flatMap((line) => addressOf(line, containerId) ?? []),
    learn(holders) {
      lines = hint(() => {
        unlink(wholeOf(place));
        writeAll(place, holders);
        stamp(directory, options);
        return linesIn(file);
      });
    },
    add(addresses) {
      lines = lines && [...lines, ...addresses.map((address) => lineOf(containerId, address))];
      isChanged ||= addresses.length > 0;
    },
    drop(addresses) {
      const gone = new Set(addresses.map((address) => lineOf(containerId, address)));
      lines = lines?.filter((line) => !gone.has(line));
      isChanged ||= addresses.length > 0;
    },
    isFull: (addresses) =>
      lines !== undefined && (hint(() => linesIn(fullOf(place)))?.includes(addresses) ?? false),
    noteFull(addresses) {
      if (lines && !isChanged) hint(() => write(fullOf(place), textOf([addresses])));
    },
    close: () =>
      hint(() => {
        if (!lines || !isChanged) return;
        write(file, textOf(lines));
        stamp(directory, options);
      }),
  };
}

function writeAll(place: string, holders: ReadonlyMap<Ip, Holder>): void {
  const files = Map.groupBy(holders, ([, holder]) => fileNameOf(holder.containerId));
  for (let number = 0; number < FILES; number++) {
    const name = nameOf(number);
    const lines = (files.get(name) ?? []).map(([ip, holder]) => lineOf(holder.containerId, ip));
    write(`${place}/${name}`, textOf(lines));
  }
}

const lookAt = (directory: string) => lstatSync(directory, { bigint: true });

const wholeOf = (place: string) => `${place}/whole`;

const fullOf = (place: string) => `${place}/full`;

/**
 * Some seconds back, and without a fraction of one: no change to come gets this time from the kernel, not even one in the same tick of
 * its clock. What is in memory is not written for a loss of power: therefore the boot.
 */
function stamp(directory: string, { bootId }: OwnersOptions): void {
  const place = ownersOf(directory);
  unlink(fullOf(place));
  const seconds = Math.floor(Date.now() / 1000) - 10;
  const { ino } = lookAt(directory);
  utimesSync(directory, seconds, seconds);
  write(wholeOf(place), stampText(bootId(), { ino, mtimeNs: BigInt(seconds) * 1_000_000_000n }));
}

function isWhole(directory: string, { bootId }: OwnersOptions): boolean {
  const stamped = hint(() => readFileSync(wholeOf(ownersOf(directory)), 'utf8'));
  return stamped === stampText(bootId(), lookAt(directory));
}

/** A copy of the directory has another inode. */
const stampText = (bootId: string, { ino, mtimeNs }: Pick<BigIntStats, 'ino' | 'mtimeNs'>) =>
  `${bootId} ${ino} ${mtimeNs}\n`;

const lineOf = (containerId: string, address: Ip) => `${containerId} ${ipText(address)}`;

function addressOf(line: string, of: string): Ip | undefined {
  const [containerId, address = ''] = line.split(' ');
  return containerId === of ? parseIp(address) : undefined;
}

const textOf = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');

const linesIn = (file: string) => readFileSync(file, 'utf8').split('\n').slice(0, -1);

const nameOf = (number: number) => number.toString(16).padStart(2, '0');

/** FNV-1a. */
function fileNameOf(containerId: string): string {
  let hash = 0x811c9dc5;
  for (const character of containerId) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return nameOf((hash >>> 0) % FILES);
}

function write(file: string, text: string): void {
  const fd = openSync(file, WRITE, 0o600);
  try {
    writeFileSync(fd, text);
  } finally {
    close(fd);
  }
}

/** Whatever is wrong here, the reservations are there to be read. */
function hint<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
