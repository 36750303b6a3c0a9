/** A reservation under way: a complete file first (the draft), then links to it under the names of the addresses. */
import {
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import type { Attachment } from '../schemas/attachment.ts';
import { CniError } from '../schemas/fault.ts';
import { type Ip, ipText } from '../schemas/ip.ts';
import { attempt, close, fsyncDirectory, sift, throwAny, unless, unlessGone, unlink } from './disk-call.ts';
import {
  contentOf,
  draftHolderOf,
  draftNameOf,
  draftsOf,
  fileOf,
  lastReservedFileOf,
  lockOf,
} from './disk-layout.ts';
import { forgetOwners, type Owners } from './disk-owners.ts';
import type { Claim, Holder } from './reservations.ts';

/** Runs the action under an exclusive flock(2) on the file, which it makes if need be. */
export type WithLock = <T>(path: string, action: () => Promise<T>) => Promise<T>;

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** Makes a directory and those above it, as far as they are missing. */
export type MakeDirectory = (path: string, mode: number) => void;

/** What the store asks of the machine beside files. */
export type Disk = { readonly withLock: WithLock; readonly makeDirectory: MakeDirectory };

/** `owners` are of whoever has the lock. */
export type ClaimIn = {
  readonly directory: string;
  readonly disk: Disk;
  readonly owners?: Owners | undefined;
};

export function claimIn({ directory, disk, owners }: ClaimIn, owner: Attachment): Claim {
  const { withLock, makeDirectory } = disk;
  const draft = `${draftsOf(directory)}/${draftNameOf(owner)}`;
  const prepare = () => makeDirectories(directory, makeDirectory);
  const fd = openDraft(draft, owner, prepare);
  const taken: Ip[] = [];
  return {
    async take(address) {
      const isOurs = linkTo(fileOf(directory, address), draft);
      if (isOurs) taken.push(address);
      return isOurs;
    },
    async keep(lastReserved) {
      fsyncDirectory(directory);
      rememberLast(directory, draft, lastReserved);
      if (owners) owners.add(taken);
      else forgetOwners(directory);
      // A release removes the draft before it looks for addresses: if it is still there, no release missed any of ours.
      if (!unlink(draft)) throw calledOff(`an address in ${directory}`);
      close(fd);
    },
    async giveBack() {
      try {
        if (taken.length === 0) return;
        await withLock(lockOf(directory), async () => unlinkLinksTo(fd, directory, taken));
      } catch (error) {
        forgetOwners(directory);
        throw error;
      } finally {
        discard(draft);
        close(fd);
      }
    },
  };
}

/**
 * Unfinished claims of such holders can take nothing more; what dead processes left behind goes with them.
 * Returns whether there were any.
 */
export function callOffClaims(directory: string, isToGo: (holder: Holder) => boolean): boolean {
  const names = draftsIn(directory).filter((name) => isToGo(draftHolderOf(name)));
  if (names.length > 0) forgetOwners(directory);
  for (const name of names) unlink(`${draftsOf(directory)}/${name}`);
  return names.length > 0;
}

/** Whose claims are unfinished. */
export function claimantsIn(directory: string): Holder[] {
  return draftsIn(directory).map(draftHolderOf);
}

function draftsIn(directory: string): string[] {
  const drafts = draftsOf(directory);
  return attempt(`list ${drafts}`, () => unlessGone(() => readdirSync(drafts))) ?? [];
}

function openDraft(draft: string, owner: Attachment, prepare: () => void): number {
  return attempt(`write ${draft}`, () => {
    const create = () => openSync(draft, CREATE, 0o600);
    let fd = unless('ENOENT', create);
    if (fd === undefined) {
      prepare();
      fd = create();
    }
    try {
      writeFileSync(fd, contentOf(owner));
      fsyncSync(fd);
      return fd;
    } catch (error) {
      close(fd);
      discard(draft);
      throw error;
    }
  });
}

/**
 * The network's as upstream makes it, which shares it; what is ours alone is for us alone. The lock is made here, so
 * that releasing needs no space on a disk that has none left.
 */
function makeDirectories(directory: string, makeDirectory: MakeDirectory): void {
  makeDirectory(directory, 0o755);
  close(openSync(lockOf(directory), constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600));
  unless('EEXIST', () => mkdirSync(draftsOf(directory), { mode: 0o700 }));
}

/** link(2) makes the name and the whole content at once, or fails because the name exists. */
function linkTo(file: string, draft: string): boolean {
  const link = () => {
    linkSync(draft, file);
    return true;
  };
  const isDone = attempt(`reserve ${file}`, () => unless('ENOENT', () => unless('EEXIST', link) ?? false));
  if (isDone !== undefined) return isDone;
  throw calledOff(file);
}

function calledOff(what: string): CniError {
  return new CniError('busy', `Cannot reserve ${what}: the same attachment was released meanwhile`);
}

/** A failure is none of the reservation's: only the order of the next addresses depends on it. */
function rememberLast(directory: string, draft: string, lastReserved: readonly Ip[]): void {
  for (const [setIndex, address] of lastReserved.entries()) {
    const next = `${draft}.${setIndex}`;
    try {
      writeFileSync(next, ipText(address), { flag: 'wx', mode: 0o600 });
      renameSync(next, lastReservedFileOf(directory, setIndex));
    } catch {
      discard(next);
    }
  }
}

/**
 * Ours is what has the draft's inode, whose number nobody else can get while the draft is open. Under the lock, since
 * then nobody else removes: no name can change hands between the look at it and the unlink.
 */
function unlinkLinksTo(draftFd: number, directory: string, addresses: readonly Ip[]): void {
  const { ino } = attempt(`look into ${directory}`, () => fstatSync(draftFd, { bigint: true }));
  const refusals: string[] = [];
  const files = addresses.map((address) => fileOf(directory, address));
  sift(files, refusals, (file) => inodeOf(file) === ino && unlink(file));
  fsyncDirectory(directory);
  throwAny(refusals);
}

function inodeOf(file: string): bigint | undefined {
  return attempt(`look for ${file}`, () => lstatSync(file, { bigint: true, throwIfNoEntry: false })?.ino);
}

/** For the way out of a failure, which is the one to be heard of. */
function discard(file: string): void {
  try {
    unlink(file);
  } catch {
    // Left behind, it is harmless, and goes with the owner's next release.
  }
}
