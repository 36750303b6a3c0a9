/** host-local as a library: which attachment holds which address. Knows neither files nor the CNI protocol. */
import type { Attachment } from '../schemas/attachment.ts';
import { CniError } from '../schemas/fault.ts';
import { type Ip, ipText, parseIp, prefixText } from '../schemas/ip.ts';
import type { NetworkName } from '../schemas/words.ts';
import { candidatesOf } from './choose.ts';
import { type RangeSet, rangeSetText, rangeWith, sizeOf } from './range-set.ts';
import type { Claim, Holder, NetworkReservations, Reservations } from './reservations.ts';

/** An address with its subnet's prefix length, and the gateway of its range; both in canonical form. */
export type HeldAddress = { readonly address: string; readonly gateway?: string };

/**
 * Whether the attachment still exists. Without an interface name (reservations from before 2018): whether one of the
 * container does.
 */
export type IsValid = (containerId: string, ifName: string | undefined) => boolean;

/** Addresses come and go without prefix length, except in `HeldAddress`. */
export type HostLocal = {
  /**
   * Holds one address of each set for the owner, or none. `intend` is told which ones before any of them is held,
   * and again before another one is tried because somebody was faster; if it rejects, nothing stays held.
   * @throws CniError `no-free-address`, `input-output`; `busy` if a release of the same owner came in between
   */
  reserve(
    owner: Attachment,
    sets: readonly RangeSet[],
    dataDir: string,
    intend: (addresses: readonly string[]) => Promise<void>,
  ): Promise<HeldAddress[]>;
  /**
   * Releases these addresses if the owner holds them; without a list, all that it holds in the network (this reads
   * every file). Nothing to release is no error.
   * @throws CniError `input-output`; `busy` if the store's lock is not to be had
   */
  release(owner: Attachment, dataDir: string, addresses?: readonly string[]): Promise<void>;
  /** Those of the addresses that the owner does not hold. @throws CniError `input-output` */
  missing(owner: Attachment, dataDir: string, addresses: readonly string[]): Promise<string[]>;
  /**
   * Releases every reservation of the network whose attachment is not valid, or that names none, and returns the
   * addresses. @throws CniError `input-output`; `busy` if the store's lock is not to be had
   */
  collect(network: NetworkName, dataDir: string, isValid: IsValid): Promise<string[]>;
};

export function hostLocal(reservations: Reservations): HostLocal {
  return {
    async reserve(owner, sets, dataDir, intend) {
      const choices = await choicesHeld(reservations(owner.network, dataDir), { owner, sets, intend });
      return choices.map(heldAddressOf);
    },
    async release(owner, dataDir, addresses) {
      const which = addresses ? addresses.flatMap((text) => parseIp(text) ?? []) : 'all';
      await reservations(owner.network, dataDir).remove(which, (holder) => isOwner(owner, holder));
    },
    async missing(owner, dataDir, addresses) {
      const store = reservations(owner.network, dataDir);
      const isMissing = await Promise.all(addresses.map(async (text) => !(await isHeld(store, owner, text))));
      return addresses.filter((_, index) => isMissing[index]);
    },
    async collect(network, dataDir, isValid) {
      const removed = await reservations(network, dataDir).remove(
        'all',
        ({ containerId, ifName }) => containerId === '' || !isValid(containerId, ifName),
      );
      return removed.map(ipText);
    },
  };
}

type Wish = {
  readonly owner: Attachment;
  readonly sets: readonly RangeSet[];
  readonly intend: (addresses: readonly string[]) => Promise<void>;
};
type Choice = { readonly set: RangeSet; ip: Ip };

async function choicesHeld(store: NetworkReservations, { owner, sets, intend }: Wish): Promise<Choice[]> {
  const choices: Choice[] = [];
  for (const [index, set] of sets.entries()) {
    choices.push({ set, ip: await choose(store, set, await store.lastReserved(index)) });
  }
  const intendAll = () => intend(choices.map(({ ip }) => ipText(ip)));
  await intendAll();
  const claim = await store.claim(owner);
  try {
    for (const choice of choices) {
      while (!(await claim.take(choice.ip))) {
        choice.ip = await choose(store, choice.set, choice.ip);
        await intendAll();
      }
    }
    await claim.keep(choices.map(({ ip }) => ip));
    return choices;
  } catch (error) {
    throw await afterGivingBack(claim, error);
  }
}

async function choose(store: NetworkReservations, set: RangeSet, after: Ip | undefined): Promise<Ip> {
  const free = await store.firstFree(candidatesOf(set, after));
  if (free) return free;
  throw new CniError(
    'no-free-address',
    `Cannot reserve an address of ${rangeSetText(set)}: all ${sizeOf(set)} are held`,
  );
}

/** The error to go on with: the first cause, with what giving back met as a detail. */
async function afterGivingBack(claim: Claim, cause: unknown): Promise<unknown> {
  try {
    await claim.giveBack();
    return cause;
  } catch (refusal) {
    if (!(cause instanceof CniError) || !(refusal instanceof CniError)) return cause;
    return new CniError(cause.fault, `${cause.message}; ${refusal.message}`, { cause: refusal });
  }
}

async function isHeld(store: NetworkReservations, owner: Attachment, text: string): Promise<boolean> {
  const ip = parseIp(text);
  const holder = ip && (await store.holderOf(ip));
  return holder !== undefined && isOwner(owner, holder);
}

function isOwner(owner: Attachment, { containerId, ifName }: Holder): boolean {
  return containerId === owner.containerId && (ifName === undefined || ifName === owner.ifName);
}

function heldAddressOf({ set, ip }: Choice): HeldAddress {
  const range = rangeWith(set, ip);
  if (!range) throw new CniError('bug', `${ipText(ip)} is not in ${rangeSetText(set)}`);
  const address = prefixText({ ip, length: range.subnet.length });
  return range.gateway ? { address, gateway: ipText(range.gateway) } : { address };
}
