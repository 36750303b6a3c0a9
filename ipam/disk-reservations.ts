/** The store on disk, in the layout of upstream host-local, which may run on the same directory: see README.md. */
import { constants, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { type Ip, ipText, parseIp } from '../schemas/ip.ts';
import { attempt, fsyncDirectory, sift, throwAny, unless, unlink } from './disk-call.ts';
import { callOffClaims, claimantsIn, claimIn, type Disk, type WithLock } from './disk-claim.ts';
import { fileOf, holderOf, lastReservedFileOf, lockOf } from './disk-layout.ts';
import type { Holder, Reservations } from './reservations.ts';

export type { WithLock };

/** So many candidates are looked at one by one, before the directory is read: 40 ms where 60 000 addresses are held. */
const PROBES = 32;

/** Adapter of the port. Only removing takes the lock, which is upstream's, too: `<dataDir>/<network>/lock`. */
export function diskReservations(disk: Disk): Reservations {
  const { withLock } = disk;
  return (network, dataDir) => {
    const directory = `${dataDir}/${network}`;
    return {
      lastReserved: async (setIndex) => lastReservedIn(directory, setIndex),
      firstFree: async (candidates) => firstFreeIn(directory, candidates),
      holderOf: async (address) => holderIn(directory, address),
      holders: async () => [
        ...addressesIn(directory).flatMap((address) => holderIn(directory, address) ?? []),
        ...claimantsIn(directory),
      ],
      heldBy: async (isWanted) =>
        addressesIn(directory).flatMap((address) => {
          const holder = holderIn(directory, address);
          if (holder === undefined || !isWanted(holder)) return [];
          const found = lstatSync(fileOf(directory, address), { throwIfNoEntry: false });
          return found ? [{ address, sinceMs: found.mtimeMs }] : [];
        }),
      claim: async (owner) => claimIn(directory, owner, disk),
      async remove(addresses, isToGo) {
        callOffClaims(directory, isToGo);
        const listed = addresses === 'all' ? addressesIn(directory) : addresses;
        return removeIn(directory, { listed, isToGo, withLock });
      },
    };
  };
}

/** Whatever is wrong with the file, only the order of the next addresses depends on it. */
function lastReservedIn(directory: string, setIndex: number): Ip | undefined {
  try {
    return parseIp(readFileSync(lastReservedFileOf(directory, setIndex), 'utf8').trim());
  } catch {
    return undefined;
  }
}

function firstFreeIn(directory: string, candidates: Iterable<Ip>): Ip | undefined {
  let probes = 0;
  let names: ReadonlySet<string> | undefined;
  for (const address of candidates) {
    if (probes++ === PROBES) names = namesIn(directory);
    const isHeld = names ? names.has(ipText(address)) : exists(fileOf(directory, address));
    if (!isHeld) return address;
  }
  return undefined;
}

function exists(file: string): boolean {
  return attempt(`look for ${file}`, () => lstatSync(file, { throwIfNoEntry: false }) !== undefined);
}

function namesIn(directory: string): ReadonlySet<string> {
  return attempt(`list ${directory}`, () => new Set(unless('ENOENT', () => readdirSync(directory))));
}

function addressesIn(directory: string): Ip[] {
  return [...namesIn(directory)].flatMap((name) => parseIp(name) ?? []);
}

/** A FIFO would wait for a writer. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK;

/** Like upstream, it ignores directories. */
function holderIn(directory: string, address: Ip): Holder | undefined {
  const file = fileOf(directory, address);
  const options = { encoding: 'utf8', flag: READ } as const;
  const read = () => unless('EISDIR', () => unless('ENOENT', () => readFileSync(file, options)));
  const content = attempt(`read ${file}`, read);
  return content === undefined ? undefined : holderOf(content);
}

type Removal = {
  readonly listed: readonly Ip[];
  readonly isToGo: (holder: Holder) => boolean;
  readonly withLock: WithLock;
};

/** Looks without the lock first: most DELs come a second time and find nothing, and reading all files takes long. */
async function removeIn(directory: string, { listed, isToGo, withLock }: Removal): Promise<Ip[]> {
  const refusals: string[] = [];
  const isHeldBySuch = (address: Ip) => {
    const holder = holderIn(directory, address);
    return holder !== undefined && isToGo(holder);
  };
  const found = sift(listed, refusals, isHeldBySuch);
  const removeFound = async () => {
    const removed = sift(found, refusals, (ip) => isHeldBySuch(ip) && unlink(fileOf(directory, ip)));
    fsyncDirectory(directory);
    return removed;
  };
  const removed = found.length === 0 ? [] : await withLock(lockOf(directory), removeFound);
  throwAny(refusals);
  return removed;
}
