/** The store on disk, in the layout of upstream host-local, which may run on the same directory: see README.md. */
import { lstatSync, readdirSync, renameSync, type Stats } from 'node:fs';
import type { Attachment } from '../schemas/attachment.ts';
import { type Ip, ipText, parseIp } from '../schemas/ip.ts';
import {
  attempt,
  beginningOf,
  fsyncDirectory,
  sift,
  throwAny,
  unless,
  unlessGone,
  unlink,
} from './disk-call.ts';
import { callOffClaims, claimantsIn, claimIn, type Disk, type WithLock } from './disk-claim.ts';
import { directoryOf, fileOf, holderOf, lastReservedFileOf, lockOf } from './disk-layout.ts';
import type { Owners } from './disk-owners.ts';
import { type Holder, type IsToGo, isNobody, isOwner, type Reservations } from './reservations.ts';

export type { WithLock };

/** So many candidates are looked at one by one, before the directory is read: 40 ms where 60 000 addresses are held. */
const PROBES = 32;

/** Is told what a person should look at. */
export type Warn = (sentence: string) => void;

/** `owners` are of whoever has the lock. */
type Beside = {
  readonly warn?: Warn;
  readonly owners?: Owners;
};

/** Adapter of the port. Of itself only removing takes the lock, which is upstream's, too: `<dataDir>/<network>/lock`. */
export function diskReservations(disk: Disk, { warn = () => {}, owners }: Beside = {}): Reservations {
  const { withLock } = disk;
  return (network, dataDir) => {
    const directory = directoryOf(network, dataDir);
    return {
      lastReserved: async (setIndex) => lastReservedIn(directory, setIndex),
      async firstFree(candidates, all) {
        if (all !== undefined && owners?.isFull(all)) return undefined;
        const free = firstFreeIn(directory, candidates);
        if (all !== undefined && !free) owners?.noteFull(all);
        return free;
      },
      holderOf: async (address) => holderIn(directory, address),
      holders: async () => [
        ...holdersIn(directory, addressesIn(directory)).values(),
        ...claimantsIn(directory),
      ],
      heldBy: async (owner) => heldAmong(directory, listedFor(directory, owner, owners), owner),
      claim: async (owner) => claimIn({ directory, disk, owners }, owner),
      async remove(addresses, isToGo) {
        callOffClaims(directory, isToGo);
        const listed = addresses === 'all' ? addressesIn(directory) : addresses;
        return removeIn(directory, { listed, isToGo, withLock, warn, owners });
      },
      async removeAllOf(owner) {
        const isToGo = (holder: Holder) => isOwner(owner, holder);
        // Of a claim that was under way, nothing need be known yet.
        const listed = callOffClaims(directory, isToGo)
          ? addressesIn(directory)
          : listedFor(directory, owner, owners);
        return removeIn(directory, { listed, isToGo, withLock, warn, owners });
      },
    };
  };
}

function heldAmong(directory: string, addresses: readonly Ip[], owner: Attachment) {
  return [...holdersIn(directory, addresses)].flatMap(([address, holder]) => {
    const since = isOwner(owner, holder) ? lookAt(fileOf(directory, address)) : undefined;
    return since ? [{ address, sinceMs: since.mtimeMs }] : [];
  });
}

/** Whatever is wrong with the file, only the order of the next addresses depends on it. */
function lastReservedIn(directory: string, setIndex: number): Ip | undefined {
  try {
    return parseIp(beginningOf(lastReservedFileOf(directory, setIndex)).trim());
  } catch {
    return undefined;
  }
}

function firstFreeIn(directory: string, candidates: Iterable<Ip>): Ip | undefined {
  let probes = 0;
  let names: ReadonlySet<string> | undefined;
  for (const address of candidates) {
    if (probes++ === PROBES) names = namesIn(directory);
    const isHeld = names ? names.has(ipText(address)) : lookAt(fileOf(directory, address)) !== undefined;
    if (!isHeld) return address;
  }
  return undefined;
}

function lookAt(file: string): Stats | undefined {
  return attempt(`look for ${file}`, () => lstatSync(file, { throwIfNoEntry: false }));
}

function namesIn(directory: string): ReadonlySet<string> {
  return attempt(`list ${directory}`, () => new Set(unlessGone(() => readdirSync(directory))));
}

function addressesIn(directory: string): Ip[] {
  return [...namesIn(directory)].flatMap((name) => parseIp(name) ?? []);
}

/** Like upstream, it ignores directories. */
function holderIn(directory: string, address: Ip): Holder | undefined {
  const file = fileOf(directory, address);
  const read = () => unless('EISDIR', () => unlessGone(() => beginningOf(file)));
  const content = attempt(`read ${file}`, read);
  return content === undefined ? undefined : holderOf(content);
}

/** One that cannot be read is nobody's here, for the sake of the others: a removal tells of it. */
function holdersIn(
  directory: string,
  addresses: readonly Ip[],
  refusals: string[] = [],
): ReadonlyMap<Ip, Holder> {
  const holders = new Map<Ip, Holder>();
  sift(addresses, refusals, (address) => {
    const holder = holderIn(directory, address);
    if (holder) holders.set(address, holder);
    return holder !== undefined;
  });
  return holders;
}

/** All that the owner holds is among these. Of a claim that was under way, nothing need be known. */
function listedFor(directory: string, owner: Attachment, owners: Owners | undefined): readonly Ip[] {
  if (!owners) return addressesIn(directory);
  const isUnderWay = claimantsIn(directory).some((holder) => isOwner(owner, holder));
  const known = isUnderWay ? undefined : owners.known();
  if (known) return known;
  const all = addressesIn(directory);
  const refusals: string[] = [];
  const holders = holdersIn(directory, all, refusals);
  if (refusals.length > 0) return all;
  owners.learn(holders);
  return [...holders].flatMap(([address, holder]) => (isOwner(owner, holder) ? [address] : []));
}

type Removal = {
  readonly listed: readonly Ip[];
  readonly isToGo: IsToGo;
  readonly withLock: WithLock;
  readonly warn: Warn;
  readonly owners: Owners | undefined;
};

/** Looks without the lock first: most DELs come a second time and find nothing, and reading all files takes long. */
async function removeIn(
  directory: string,
  { listed, isToGo, withLock, warn, owners }: Removal,
): Promise<Ip[]> {
  const refusals: string[] = [];
  const goingIn = (address: Ip) => {
    const holder = holderIn(directory, address);
    return holder && isToGo(holder, address) ? holder : undefined;
  };
  const found = sift(listed, refusals, (address) => goingIn(address) !== undefined);
  const remove = (address: Ip) => {
    const holder = goingIn(address);
    if (!holder) return false;
    const file = fileOf(directory, address);
    return isNobody(holder) ? clear(file, warn) : unlink(file);
  };
  const removeFound = async () => {
    const removed = sift(found, refusals, remove);
    fsyncDirectory(directory);
    return removed;
  };
  const removed = found.length === 0 ? [] : await withLock(lockOf(directory), removeFound);
  owners?.drop(removed);
  throwAny(refusals);
  return removed;
}

/** Of what names nobody, a person may make out more. */
function clear(file: string, warn: Warn): boolean {
  if (lookAt(file)?.size === 0) return unlink(file);
  const aside = unusedName(`${file}.damaged`);
  attempt(`rename ${file}`, () => renameSync(file, aside));
  warn(`The reservation ${file} names nobody: it was released, and renamed to ${aside}`);
  return true;
}

/** What was kept earlier stays: the name, or else with the first number that is free. */
function unusedName(name: string): string {
  let unused = name;
  for (let number = 1; lookAt(unused); number++) unused = `${name}.${number}`;
  return unused;
}
