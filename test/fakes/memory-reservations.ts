/** The port of the address store as a model in memory, with contents that a test can look at. */
import {
  type Claim,
  type Holder,
  type IsToGo,
  isOwner,
  type NetworkReservations,
  type Reservations,
} from '../../ipam/reservations.ts';
import type { Attachment } from '../../schemas/attachment.ts';
import { CniError } from '../../schemas/fault.ts';
import { type Ip, ipText, parseIp } from '../../schemas/ip.ts';
import type { NetworkName } from '../../schemas/words.ts';

export type MemoryReservations = Reservations & {
  /** Holders by `<dataDir>/<network>/<address>`, each as `<containerId> <ifName>`. */
  contents(): Record<string, string>;
  /** Puts a reservation there as another program would. */
  plant(network: NetworkName, dataDir: string, held: Record<string, Holder>): void;
};

/** By whom, and by which claim: a claim gives back only its own. */
type Entry = { readonly holder: Holder; readonly claim: object | undefined };
type Network = {
  readonly entries: Map<string, Entry>;
  readonly last: Map<number, Ip>;
  readonly claims: Map<object, Attachment>;
};

export function memoryReservations(): MemoryReservations {
  const networks = new Map<string, Network>();
  const networkAt = (path: string): Network => {
    const network = networks.get(path) ?? { entries: new Map(), last: new Map(), claims: new Map() };
    networks.set(path, network);
    return network;
  };
  const reservations = (name: NetworkName, dataDir: string) =>
    reservationsOf(networkAt(`${dataDir}/${name}`));
  return Object.assign(reservations, {
    contents: () =>
      Object.fromEntries(
        [...networks].flatMap(([path, { entries }]) =>
          [...entries].map(([address, { holder }]) => [`${path}/${address}`, textOf(holder)]),
        ),
      ),
    plant(name: NetworkName, dataDir: string, held: Record<string, Holder>) {
      const { entries } = networkAt(`${dataDir}/${name}`);
      for (const [address, holder] of Object.entries(held))
        entries.set(address, { holder, claim: undefined });
    },
  });
}

function reservationsOf(network: Network): NetworkReservations {
  const { entries, last, claims } = network;
  return {
    lastReserved: async (setIndex) => last.get(setIndex),
    async firstFree(candidates) {
      for (const address of candidates) if (!entries.has(ipText(address))) return address;
      return undefined;
    },
    holderOf: async (address) => entries.get(ipText(address))?.holder,
    holders: async () => [...[...entries.values()].map(({ holder }) => holder), ...claims.values()],
    heldBy: async (owner) =>
      [...entries].flatMap(([text, { holder }]) => {
        const address = parseIp(text);
        return address && isOwner(owner, holder) ? [{ address, sinceMs: 0 }] : [];
      }),
    claim: async (owner) => claimOf(network, owner),
    remove: async (addresses, isToGo) => removeFrom(network, addresses, isToGo),
    removeAllOf: async (owner) => removeFrom(network, 'all', (holder) => isOwner(owner, holder)),
  };
}

function removeFrom({ entries, claims }: Network, addresses: readonly Ip[] | 'all', isToGo: IsToGo): Ip[] {
  for (const [claim, owner] of claims) if (isToGo(owner)) claims.delete(claim);
  const listed = addresses === 'all' ? [...entries.keys()] : addresses.map(ipText);
  const removed = listed.filter((address) => {
    const entry = entries.get(address);
    return entry !== undefined && isToGo(entry.holder, parseIp(address)) && entries.delete(address);
  });
  return removed.flatMap((address) => parseIp(address) ?? []);
}

function claimOf({ entries, last, claims }: Network, owner: Attachment): Claim {
  const claim = {};
  claims.set(claim, owner);
  const refuseIfCalledOff = () => {
    if (!claims.has(claim))
      throw new CniError('busy', 'Cannot reserve: the same attachment was released meanwhile');
  };
  return {
    async take(address) {
      refuseIfCalledOff();
      if (entries.has(ipText(address))) return false;
      const { containerId, ifName } = owner;
      entries.set(ipText(address), { holder: { containerId, ifName }, claim });
      return true;
    },
    async keep(lastReserved) {
      refuseIfCalledOff();
      for (const [setIndex, address] of lastReserved.entries()) last.set(setIndex, address);
      claims.delete(claim);
    },
    async giveBack() {
      for (const [address, entry] of entries) if (entry.claim === claim) entries.delete(address);
      claims.delete(claim);
    },
  };
}

function textOf({ containerId, ifName }: Holder): string {
  return ifName === undefined ? containerId : `${containerId} ${ifName}`;
}
