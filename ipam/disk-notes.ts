/**
 * What each attachment was given, noted beside the store: to find it without reading all reservations. A note is a hint. It may be
 * missing, or tell of what is not held any more; who holds an address is told by its reservation alone.
 */
import { constants, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Attachment } from '../schemas/attachment.ts';
import { parseIp } from '../schemas/ip.ts';
import type { NetworkName } from '../schemas/words.ts';
import { close, unless, unlessGone, unlink } from './disk-call.ts';
import type { MakeDirectory } from './disk-claim.ts';
import { noteHolderOf, noteNameOf, notesOf } from './disk-layout.ts';

export type Notes = {
  /** One or more addresses, without prefix length; undefined if there is no note that can be read. */
  readonly of: (owner: Attachment, dataDir: string) => readonly string[] | undefined;
  /** To be called before the addresses are held. What keeps a note from being written keeps nobody from an address. */
  readonly write: (owner: Attachment, dataDir: string, addresses: readonly string[]) => void;
  readonly remove: (owner: Attachment, dataDir: string) => void;
  /** Removes those of attachments that are not valid any more. */
  readonly keep: (
    network: NetworkName,
    dataDir: string,
    isValid: (containerId: string, ifName: string) => boolean,
  ) => void;
};

const READ = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
const WRITE = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;

export function diskNotes(makeDirectory: MakeDirectory): Notes {
  const fileOf = (owner: Attachment, dataDir: string) =>
    `${notesOf(dataDir, owner.network)}/${noteNameOf(owner)}`;
  return {
    of: (owner, dataDir) => hint(() => read(fileOf(owner, dataDir))),
    write: (owner, dataDir, addresses) =>
      hint(() => {
        const file = fileOf(owner, dataDir);
        const text = `${addresses.join('\n')}\n`;
        if (unless('ENOENT', () => write(file, text))) return;
        makeDirectory(notesOf(dataDir, owner.network), 0o700);
        write(file, text);
      }),
    remove: (owner, dataDir) => hint(() => void unlink(fileOf(owner, dataDir))),
    keep: (network, dataDir, isValid) =>
      hint(() => {
        const directory = notesOf(dataDir, network);
        for (const name of unlessGone(() => readdirSync(directory)) ?? []) {
          const { containerId, ifName } = noteHolderOf(name);
          if (!isValid(containerId, ifName)) unlink(`${directory}/${name}`);
        }
      }),
  };
}

/** Whatever is wrong with a note, the reservations are there to be read. */
function hint<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

function read(file: string): readonly string[] | undefined {
  const fd = openSync(file, READ);
  try {
    const lines = readFileSync(fd, 'utf8').split('\n').filter(Boolean);
    const isWhole = lines.length > 0 && lines.every((line) => parseIp(line) !== undefined);
    return isWhole ? lines : undefined;
  } finally {
    close(fd);
  }
}

function write(file: string, text: string): true {
  const fd = openSync(file, WRITE, 0o600);
  try {
    writeFileSync(fd, text);
    return true;
  } finally {
    close(fd);
  }
}
