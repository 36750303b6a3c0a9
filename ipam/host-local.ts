/** host-local as a library: which attachment holds which address. Knows neither files nor the CNI protocol. */
import type { Attachment } from '../schemas/attachment.ts';
import { CniError } from '../schemas/fault.ts';
import { ipText, parseIp, prefixText } from '../schemas/ip.ts';
import type { NetworkName } from '../schemas/words.ts';
import { candidatesOf } from './choose.ts';
import { type RangeSet, rangeSetText, rangeWith } from './range-set.ts';
import { requestsOf } from './requests.ts';
import {
  type Holder,
  isNobody,
  isOwner,
  type NetworkReservations,
  type Reservations,
} from './reservations.ts';
import { type Choice, exhaustionText, type Intend, reserveAll } from './reserve.ts';

/** An address with its subnet's prefix length, and the gateway of its range; both in canonical form. */
export type HeldAddress = { readonly address: string; readonly gateway?: string };

/** What an attachment is to get: one address of each set. */
export type Wish = {
  readonly sets: readonly RangeSet[];
  readonly dataDir: string;
  /** Addresses that it wants, at most one of each set; a prefix length is ignored. */
  readonly requested: readonly string[];
};

/**
 * Whether the attachment still exists. Without an interface name (reservations from before 2018): whether one of the
 * container does. Without a container id (a reservation that was damaged, or whose writer died): whether the address is known
 * to be held. An unfinished reservation has no address yet.
 */
export type IsValid = (
  containerId: string,
  ifName: string | undefined,
  address: string | undefined,
) => boolean;

/** Addresses come and go without prefix length, except in `HeldAddress`. */
export type HostLocal = {
  /**
   * Holds one address of each set for the owner, or none: the requested one, or the next free one. `intend` is told
   * again before another one is tried because somebody was faster; if it rejects, nothing stays held. A requested
   * address that the same owner holds already counts as taken, and `intend` does not get to know it: undoing this
   * attempt must not release what an earlier one holds.
   * @throws CniError `netconf` if a requested address cannot be had from these sets, `address-taken` if somebody holds
   * it; `no-free-address`, `input-output`; `busy` if a release of the same owner came in between
   */
  reserve(owner: Attachment, wish: Wish, intend: Intend): Promise<HeldAddress[]>;
  /** All that the owner holds in the network, and since when (ms since 1970). It may read every file. @throws as `missing` */
  heldBy(owner: Attachment, dataDir: string): Promise<{ address: string; sinceMs: number }[]>;
  /** A sentence for each set without a free address. @throws CniError `input-output` */
  exhausted(network: NetworkName, sets: readonly RangeSet[], dataDir: string): Promise<string[]>;
  /**
   * Releases these addresses if the owner holds them, or if their reservation names nobody: whoever lists them knows
   * whose they are. Without a list, all that it holds in the network (this may read every file). Nothing to release is no
   * error.
   * @throws CniError `input-output`; `busy` if the store's lock is not to be had
   */
  release(owner: Attachment, dataDir: string, addresses?: readonly string[]): Promise<void>;
  /** Those of the addresses that the owner does not hold. @throws CniError `input-output` */
  missing(owner: Attachment, dataDir: string, addresses: readonly string[]): Promise<string[]>;
  /** Whoever holds an address of the network, or is about to. It reads every file. @throws as `missing` */
  holders(network: NetworkName, dataDir: string): Promise<Holder[]>;
  /**
   * Releases every reservation of the network whose attachment is not valid, and returns the addresses.
   * @throws CniError `input-output`; `busy` if the store's lock is not to be had
   */
  collect(network: NetworkName, dataDir: string, isValid: IsValid): Promise<string[]>;
};

export function hostLocal(reservations: Reservations): HostLocal {
  return {
    async reserve(owner, { sets, dataDir, requested }, intend) {
      const requests = requestsOf(sets, requested);
      const wants = sets.map((set) => ({ set, requested: requests.get(set) }));
      const choices = await reserveAll(reservations(owner.network, dataDir), { owner, wants, intend });
      return choices.map(heldAddressOf);
    },
    async heldBy(owner, dataDir) {
      const held = await reservations(owner.network, dataDir).heldBy(owner);
      return held.map(({ address, sinceMs }) => ({ address: ipText(address), sinceMs }));
    },
    async exhausted(network, sets, dataDir) {
      const store = reservations(network, dataDir);
      const sentences = sets.map(async (set, index) => {
        const free = await store.firstFree(candidatesOf(set, await store.lastReserved(index)));
        return free ? [] : [exhaustionText(set)];
      });
      return (await Promise.all(sentences)).flat();
    },
    async release(owner, dataDir, addresses) {
      const store = reservations(owner.network, dataDir);
      if (addresses) await releaseListed(store, owner, addresses);
      else await store.removeAllOf(owner);
    },
    async missing(owner, dataDir, addresses) {
      const store = reservations(owner.network, dataDir);
      const isMissing = await Promise.all(addresses.map(async (text) => !(await isHeld(store, owner, text))));
      return addresses.filter((_, index) => isMissing[index]);
    },
    holders: (network, dataDir) => reservations(network, dataDir).holders(),
    async collect(network, dataDir, isValid) {
      const removed = await reservations(network, dataDir).remove(
        'all',
        ({ containerId, ifName }, address) => !isValid(containerId, ifName, address && ipText(address)),
      );
      return removed.map(ipText);
    },
  };
}

async function releaseListed(store: NetworkReservations, owner: Attachment, texts: readonly string[]) {
  const addresses = texts.flatMap((text) => parseIp(text) ?? []);
  await store.remove(addresses, (holder) => isOwner(owner, holder) || isNobody(holder));
}

async function isHeld(store: NetworkReservations, owner: Attachment, text: string): Promise<boolean> {
  const ip = parseIp(text);
  const holder = ip && (await store.holderOf(ip));
  return holder !== undefined && isOwner(owner, holder);
}

function heldAddressOf({ set, ip }: Choice): HeldAddress {
  const range = rangeWith(set, ip);
  if (!range) throw new CniError('bug', `${ipText(ip)} is not in ${rangeSetText(set)}`);
  const address = prefixText({ ip, length: range.subnet.length });
  return range.gateway ? { address, gateway: ipText(range.gateway) } : { address };
}
