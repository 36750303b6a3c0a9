/**
 * Who holds what, kept in a directory that is too large to be read for each command. It is believed while the directory is as whoever had
 * the lock left it, told by the times of its last change: upstream's changes are under the same lock, and those of ours that
 * are not make it forgotten. It never tells that an address is free. What keeps it from being written only costs time.
 */
import {
  type BigIntStats,
  constants,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { type Ip, ipText, parseIp } from '../schemas/ip.ts';
import { attempt, close, unlessGone } from './disk-call.ts';
import type { MakeDirectory } from './disk-claim.ts';
import { lockOf, ownersOf } from './disk-layout.ts';
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

/** 700 to 800 addresses, which take 10 ms to read; most file systems tell something like the length of all names. */
const LARGE_BYTES = 16_384n;

/** Containers are spread over so many files: one for all would take as long to read as the directory. */
const FILES = 256;

/** What others have put there must neither be followed nor waited for. */
const CAREFULLY = constants.O_NOFOLLOW | constants.O_NONBLOCK;
const WRITE = CAREFULLY | constants.O_WRONLY | constants.O_TRUNC;
const CREATE = WRITE | constants.O_CREAT;

/** Whether to ask here who holds what in the directory. */
export function isForOwners(directory: string): boolean {
  return attempt(`look for ${directory}`, () => {
    const found = unlessGone(() => lookAt(directory));
    const isMeant = found?.isDirectory() && (found.size > LARGE_BYTES || isDirectory(ownersOf(directory)));
    return isMeant === true && unlessGone(() => lookAt(lockOf(directory))) !== undefined;
  });
}

/**
 * To be called by whoever has reserved without the lock, before the draft is removed. Who has the lock meanwhile, and may have read all
 * before that, then has no token left to stamp with; who has stamped already loses that.
 */
export function forgetOwners(directory: string): void {
  const place = ownersOf(directory);
  if (!isDirectory(place)) return;
  for (const file of [...TOKENS.map((token) => tokenOf(place, token)), wholeOf(place)])
    attempt(`remove ${file}`, () => unlessGone(() => unlinkSync(file)));
}

export function ownersIn(directory: string, containerId: string, options: OwnersOptions): Owners {
  const place = ownersOf(directory);
  const file = `${place}/${fileNameOf(containerId)}`;
  // Before anything is read: see forgetOwners().
  const isReady = hint(() => prepare(place, options)) !== undefined;
  let lines = hint(() => (isWhole(directory, options) ? linesIn(file) : undefined));
  let isChanged = false;

  return {
    known: () => lines?.flatMap((line) => addressOf(line, containerId) ?? []),
    learn(holders) {
      lines = hint(() => {
        if (!isReady) return undefined;
        writeAll(place, holders);
        stamp(directory, 'learnt', options);
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
    isFull: (addresses) => lines !== undefined && !isChanged && fullIn(place).includes(addresses),
    noteFull(addresses) {
      if (lines && !isChanged)
        hint(() => write(fullOf(place), textOf([...fullIn(place), addresses]), CREATE));
    },
    close: () =>
      hint(() => {
        if (!lines || !isChanged) return;
        write(file, textOf(lines), CREATE);
        stamp(directory, 'left', options);
      }),
  };
}

/** Each is good for one stamp. Whoever reserves without the lock takes them away. */
const TOKENS = ['learnt', 'left'] as const;
type Token = (typeof TOKENS)[number];

const tokenOf = (place: string, token: Token) => `${place}/${token}`;

const wholeOf = (place: string) => `${place}/whole`;

const fullOf = (place: string) => `${place}/full`;

const fullIn = (place: string) => hint(() => linesIn(fullOf(place))) ?? [];

function prepare(place: string, { makeDirectory }: OwnersOptions): true {
  makeDirectory(place, 0o700);
  if (!isDirectory(place)) throw new Error(`${place} is no directory`);
  for (const token of TOKENS) write(tokenOf(place, token), '', CREATE);
  return true;
}

function writeAll(place: string, holders: ReadonlyMap<Ip, Holder>): void {
  unlessGone(() => unlinkSync(wholeOf(place)));
  const files = Map.groupBy(holders, ([, holder]) => fileNameOf(holder.containerId));
  for (let number = 0; number < FILES; number++) {
    const name = nameOf(number);
    const lines = (files.get(name) ?? []).map(([ip, holder]) => lineOf(holder.containerId, ip));
    write(`${place}/${name}`, textOf(lines), CREATE);
  }
}

const lookAt = (path: string) => lstatSync(path, { bigint: true });

const isDirectory = (path: string) => unlessGone(() => lookAt(path))?.isDirectory() === true;

/**
 * The directory gets a time some seconds back, without a fraction of one: no change to come gets this from the kernel, not even one in the
 * same tick of its clock. Who restores that time from a backup cannot restore when it was set.
 */
function stamp(directory: string, token: Token, { bootId }: OwnersOptions): void {
  const place = ownersOf(directory);
  const file = tokenOf(place, token);
  unlessGone(() => unlinkSync(fullOf(place)));
  const seconds = Math.floor(Date.now() / 1000) - 10;
  utimesSync(directory, seconds, seconds);
  const { ino, ctimeNs } = lookAt(directory);
  write(file, stampText(bootId(), { ino, ctimeNs, mtimeNs: BigInt(seconds) * 1_000_000_000n }), WRITE);
  renameSync(file, wholeOf(place));
}

function isWhole(directory: string, { bootId }: OwnersOptions): boolean {
  const place = ownersOf(directory);
  return isDirectory(place) && read(wholeOf(place)) === stampText(bootId(), lookAt(directory));
}

type Times = Pick<BigIntStats, 'ino' | 'mtimeNs' | 'ctimeNs'>;

/** What is in memory is not written for a loss of power: therefore the boot. A copy of the directory has another inode. */
const stampText = (bootId: string, { ino, mtimeNs, ctimeNs }: Times) =>
  `${[bootId, ino, mtimeNs, ctimeNs].join(' ')}\n`;

const lineOf = (containerId: string, address: Ip) => `${containerId} ${ipText(address)}`;

function addressOf(line: string, of: string): Ip | undefined {
  const [containerId, address = ''] = line.split(' ');
  return containerId === of ? parseIp(address) : undefined;
}

const textOf = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');

const linesIn = (file: string) => read(file).split('\n').slice(0, -1);

const nameOf = (number: number) => number.toString(16).padStart(2, '0');

/** FNV-1a. */
function fileNameOf(containerId: string): string {
  let hash = 0x811c9dc5;
  for (const character of containerId) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return nameOf((hash >>> 0) % FILES);
}

function read(file: string): string {
  return withFile(file, CAREFULLY | constants.O_RDONLY, (fd) => readFileSync(fd, 'utf8'));
}

function write(file: string, text: string, flags: number): void {
  withFile(file, flags, (fd) => writeFileSync(fd, text));
}

function withFile<T>(file: string, flags: number, action: (fd: number) => T): T {
  const fd = openSync(file, flags, 0o600);
  try {
    return action(fd);
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
