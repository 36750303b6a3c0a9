/** One reservation from choosing to holding. */
import type { Attachment } from '../schemas/attachment.ts';
import { CniError } from '../schemas/fault.ts';
import { type Ip, ipText } from '../schemas/ip.ts';
import { candidatesOf } from './choose.ts';
import { type RangeSet, rangeSetText, sizeOf, yieldText } from './range-set.ts';
import { type Claim, isOwner, type NetworkReservations } from './reservations.ts';

/** Is told the addresses, without prefix length, before any of them is held. */
export type Intend = (addresses: readonly string[]) => Promise<void>;

/** One address of the set: the requested one, or any. */
type Want = { readonly set: RangeSet; readonly requested: Ip | undefined };
export type Choice = Want & { ip: Ip };

/** The wants are in the order of the configuration's range sets. */
export type Order = { readonly owner: Attachment; readonly wants: readonly Want[]; readonly intend: Intend };

/** Holds all or none. Faults and promises: see `HostLocal`. */
export async function reserveAll(store: NetworkReservations, order: Order): Promise<Choice[]> {
  const { owner, wants, intend } = order;
  const choose = (want: Want, after: Ip | undefined) => chosen(store, { ...want, owner, after });
  const choices: Choice[] = [];
  for (const [index, want] of wants.entries()) {
    choices.push({ ...want, ip: await choose(want, await store.lastReserved(index)) });
  }
  const intendAll = () => intend(choices.map(({ ip }) => ipText(ip)));
  await intendAll();
  const claim = await store.claim(owner);
  try {
    for (const choice of choices) {
      while (!(await claim.take(choice.ip))) {
        choice.ip = await choose(choice, choice.ip);
        await intendAll();
      }
    }
    await claim.keep(choices.map(({ ip }) => ip));
    return choices;
  } catch (error) {
    throw await afterGivingBack(claim, error);
  }
}

export function exhaustionText(set: RangeSet): string {
  return `Cannot reserve an address of ${rangeSetText(set)}: all ${sizeOf(set)} are held`;
}

type Question = Want & { readonly owner: Attachment; readonly after: Ip | undefined };

async function chosen(store: NetworkReservations, { set, requested, owner, after }: Question): Promise<Ip> {
  const free = await (requested
    ? store.firstFree([requested])
    : store.firstFree(candidatesOf(set, after), yieldText(set)));
  if (free) return free;
  if (!requested) throw new CniError('no-free-address', exhaustionText(set));
  throw new CniError(
    'address-taken',
    `Cannot reserve ${ipText(requested)}: ${await holderText(store, requested, owner)}`,
  );
}

async function holderText(store: NetworkReservations, ip: Ip, owner: Attachment): Promise<string> {
  const holder = await store.holderOf(ip);
  // Released since it was looked for, or of a writer that died before it was complete.
  if (!holder?.containerId) return 'somebody unknown holds it';
  if (isOwner(owner, holder)) return 'this attachment holds it since an earlier ADD, and needs a DEL first';
  const { containerId, ifName } = holder;
  return `container ${containerId} holds it${ifName === undefined ? '' : ` for ${ifName}`}`;
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
