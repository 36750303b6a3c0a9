/** All that is in the directories of the store, for a person who looks. It takes no lock, and changes nothing. */
import { lstatSync, readdirSync } from 'node:fs';
import { CniError } from '../schemas/fault.ts';
import { type Ip, ipText, parseIp } from '../schemas/ip.ts';
import { attempt, beginningOf, unless, unlessGone } from './disk-call.ts';
import { directoryOf, draftHolderOf, draftsOf, fileOf, holderOf } from './disk-layout.ts';
import { type Holder, NOBODY } from './reservations.ts';

export type Reserved = {
  readonly address: Ip;
  /** Nobody's, if the file is damaged or cannot be read. */
  readonly holder: Holder;
  readonly sinceMs: number;
  /** Why it cannot be read. */
  readonly refusal?: string;
};

export type Draft = { readonly name: string; readonly holder: Holder; readonly sinceMs: number };

export type Listing = {
  readonly reserved: readonly Reserved[];
  /** Reservations under way, or left by who died. */
  readonly drafts: readonly Draft[];
  /** Files that are to tell which address was reserved last, and do not. */
  readonly lost: readonly string[];
  /** What was damaged and put aside. */
  readonly aside: readonly string[];
  /** What means nothing to anybody who shares the store. */
  readonly strange: readonly string[];
};

/** Names of the networks in a data directory. @throws CniError `input-output` */
export function networksIn(dataDir: string): string[] {
  const list = () => unlessGone(() => readdirSync(dataDir, { withFileTypes: true })) ?? [];
  const entries = attempt(`list ${dataDir}`, list).filter((one) => one.isDirectory());
  return entries.map(({ name }) => name).sort();
}

/** `begin` is told how many files there are, before they are read. @throws CniError `input-output` */
export function listingOf(network: string, dataDir: string, begin: (files: number) => void): Listing {
  const directory = directoryOf(network, dataDir);
  const names = namesIn(directory);
  begin(names.length);
  const kinds = Map.groupBy(names, kindOf);
  const addresses = (kinds.get('reservation') ?? []).flatMap((name) => parseIp(name) ?? []);
  const reserved = addresses.toSorted(inOrder).flatMap((address) => reservedAt(directory, address) ?? []);
  const known = new Set(reserved.map(({ address }) => ipText(address)));
  const unknown = addresses.map(ipText).filter((name) => !known.has(name) && isThere(`${directory}/${name}`));
  return {
    reserved,
    drafts: namesIn(draftsOf(directory)).flatMap((name) => draftAt(directory, name) ?? []),
    lost: (kinds.get('hint') ?? []).filter((name) => !tellsLast(`${directory}/${name}`)),
    aside: kinds.get('aside') ?? [],
    strange: [...(kinds.get('strange') ?? []), ...unknown],
  };
}

/** Whether somebody holds the address, whoever it is. */
export const isTaken = (network: string, dataDir: string, address: string) =>
  isThere(`${directoryOf(network, dataDir)}/${address}`);

type Kind = 'reservation' | 'hint' | 'aside' | 'known' | 'strange';

/** An address in another spelling than the canonical one is found by nobody. */
function kindOf(name: string): Kind {
  const ip = parseIp(name);
  if (ip) return ipText(ip) === name ? 'reservation' : 'strange';
  if (/^last_reserved_ip\.\d+$/.test(name)) return 'hint';
  if (/\.damaged(\.\d+)?$/.test(name)) return 'aside';
  return ['lock', '.reserving', '.holders'].includes(name) ? 'known' : 'strange';
}

function namesIn(directory: string): string[] {
  return attempt(`list ${directory}`, () => unlessGone(() => readdirSync(directory))) ?? [];
}

const inOrder = (one: Ip, other: Ip) =>
  one.family - other.family || (one.value < other.value ? -1 : Number(one.value > other.value));

const isThere = (path: string) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/** Undefined if it was released meanwhile, or is a directory, which upstream ignores. */
function reservedAt(directory: string, address: Ip): Reserved | undefined {
  const file = fileOf(directory, address);
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (!found || found.isDirectory()) return undefined;
  const sinceMs = found.mtimeMs;
  try {
    const content = attempt(`read ${file}`, () => unless('ENOENT', () => beginningOf(file)));
    return content === undefined ? undefined : { address, holder: holderOf(content), sinceMs };
  } catch (cause) {
    if (!(cause instanceof CniError)) throw cause;
    return { address, holder: NOBODY, sinceMs, refusal: cause.message };
  }
}

function draftAt(directory: string, name: string): Draft | undefined {
  const found = lstatSync(`${draftsOf(directory)}/${name}`, { throwIfNoEntry: false });
  return found && { name, holder: draftHolderOf(name), sinceMs: found.mtimeMs };
}

function tellsLast(file: string): boolean {
  try {
    return parseIp(beginningOf(file).trim()) !== undefined;
  } catch {
    return false;
  }
}
