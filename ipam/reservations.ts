/** The port of the address store: what must be remembered, and which steps must exclude each other. */
import type { Attachment } from '../schemas/attachment.ts';
import type { Ip } from '../schemas/ip.ts';
import type { NetworkName } from '../schemas/words.ts';

/** The reservations of one network below a data directory. Nothing is read or made before one of its functions is called. */
export type Reservations = (network: NetworkName, dataDir: string) => NetworkReservations;

/** Who a reservation names. Before 2018 host-local wrote no interface name. */
export type Holder = { readonly containerId: string; readonly ifName: string | undefined };

/** Whom a reservation names that its writer did not live to complete (upstream's, not ours), or that was damaged. */
export const NOBODY: Holder = { containerId: '', ifName: undefined };

export const isNobody = ({ containerId }: Holder) => containerId === '';

/** One without an interface name may be any of the container's. */
export function isOwner(owner: Attachment, { containerId, ifName }: Holder): boolean {
  return containerId === owner.containerId && (ifName === undefined || ifName === owner.ifName);
}

/** A claim is asked for without an address. */
export type IsToGo = (holder: Holder, address?: Ip) => boolean;

/** All functions reject with CniError: `input-output` if the medium refuses, `busy` if the lock is not to be had. */
export type NetworkReservations = {
  /** The address that was last reserved of the range set; undefined if unknown, which costs nothing but the order. */
  lastReserved(setIndex: number): Promise<Ip | undefined>;
  /**
   * The first that nobody holds. It may be taken by the time one tries to take it. `all` names them, in whatever order,
   * for a store that remembers that none of them was free.
   */
  firstFree(candidates: Iterable<Ip>, all?: string): Promise<Ip | undefined>;
  /** Who holds the address; undefined if nobody does. */
  holderOf(address: Ip): Promise<Holder | undefined>;
  /**
   * Whoever holds an address or has an unfinished claim, some several times. It reads every reservation; one that cannot be
   * read is nobody's.
   */
  holders(): Promise<Holder[]>;
  /** All that the owner holds, and since when (ms since 1970). One that cannot be read is nobody's. */
  heldBy(owner: Attachment): Promise<{ address: Ip; sinceMs: number }[]>;
  /** Begins a reservation. It holds nothing yet. */
  claim(owner: Attachment): Promise<Claim>;
  /**
   * Removes those of the addresses (or of all) whose holder is to go, and returns them. It first calls off unfinished
   * claims of such holders. Atomic against every other removal: an address that changed hands
   * meanwhile stays. One that cannot be removed does not keep the others, and rejects in the end.
   */
  remove(addresses: readonly Ip[] | 'all', isToGo: IsToGo): Promise<Ip[]>;
  /** Removes all that the owner holds, as `remove` does. */
  removeAllOf(owner: Attachment): Promise<Ip[]>;
};

/** A reservation under way. It ends with `keep` or with `giveBack`. */
export type Claim = {
  /**
   * Holds the address for the owner, at once and whole; false if somebody holds it.
   * Rejects with `busy` if the claim was called off.
   */
  take(address: Ip): Promise<boolean>;
  /** Makes what was taken outlast a loss of power; the address at index N is then the last reserved of set N. */
  keep(lastReserved: readonly Ip[]): Promise<void>;
  /** Releases what this claim took, and nothing else, not even reservations of the same owner. */
  giveBack(): Promise<void>;
};
