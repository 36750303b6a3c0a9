/** Who has which address, and whether anybody still does; pure. What is not certain is called unknown. */
import type { Draft, Listing, Reserved } from '../../../ipam/disk-listing.ts';
import { type Holder, isNobody } from '../../../ipam/reservations.ts';
import { ipText } from '../../../schemas/ip.ts';
import type { AttachmentRecord } from '../../../schemas/record.ts';
import { isOver } from '../attachments/life.ts';
import type { Lived } from '../attachments/lives.ts';
import { podText } from '../holder.ts';
import type { Claims } from './claims.ts';

export type ReservationState = 'held' | 'stale' | 'unknown' | 'damaged' | 'unfinished';

export type Judged = {
  /** Absent for one that is under way, and has none yet. */
  readonly address?: string;
  /** Empty if the reservation names nobody. */
  readonly container: string;
  readonly interface?: string;
  readonly pod?: string;
  /** The VF of the attachment that is recorded. */
  readonly device?: string;
  /** ISO 8601, UTC. */
  readonly since: string;
  readonly state: ReservationState;
  /** Of all that is not held by a recorded attachment. */
  readonly why?: string;
  /** It is certain that nobody uses it. */
  readonly isReclaimable?: true;
};

export type Evidence = {
  readonly listing: Listing;
  /** Of the network. */
  readonly lived: readonly Lived[];
  /** Only plugins that keep records reserve in this network. */
  readonly isOurs: boolean;
  /** Whose they are is not known. */
  readonly damagedRecords: readonly string[];
  readonly claims: Claims;
  readonly nowMs: number;
};

export function judgedOf(evidence: Evidence): Judged[] {
  const { reserved, drafts } = evidence.listing;
  const records = indexed(evidence.lived);
  return [
    ...reserved.map((one) => ({ ...nameOf(one), ...judgementOf(one, records, evidence) })),
    ...drafts.map((one) => ({ ...nameOf(one), ...draftJudgement(one, evidence) })),
  ];
}

const nameOf = ({ holder, sinceMs, ...rest }: Reserved | Draft) => ({
  ...('address' in rest && { address: ipText(rest.address) }),
  container: holder.containerId,
  ...(holder.ifName !== undefined && { interface: holder.ifName }),
  since: new Date(sinceMs).toISOString(),
});

type Judgement = Pick<Judged, 'state' | 'why' | 'isReclaimable' | 'pod' | 'device'>;

type Indexed = {
  readonly byAddress: ReadonlyMap<string, Lived>;
  readonly byContainer: ReadonlyMap<string, readonly Lived[]>;
  readonly foreign: readonly Lived[];
};

function indexed(lived: readonly Lived[]): Indexed {
  return {
    byAddress: new Map(lived.flatMap((one) => one.record.addresses.held.map((address) => [address, one]))),
    byContainer: Map.groupBy(lived, ({ record }) => record.attachment.containerId),
    foreign: lived.filter(({ record }) => record.origin !== undefined),
  };
}

/** sriov-cni's files join container id and interface name by a character that both may contain. */
function ownerOf({ containerId, ifName }: Holder, { byContainer, foreign }: Indexed): Lived | undefined {
  const own = byContainer
    .get(containerId)
    ?.find(({ record }) => ifName === undefined || record.attachment.ifName === ifName);
  const joined = ({ attachment }: AttachmentRecord) => `${attachment.containerId}-${attachment.ifName}`;
  return own ?? foreign.find(({ record }) => joined(record) === `${containerId}-${ifName}`);
}

function judgementOf(reserved: Reserved, records: Indexed, evidence: Evidence): Judgement {
  const { holder, refusal } = reserved;
  if (refusal) return { state: 'damaged', why: refusal };
  const address = ipText(reserved.address);
  const lister = records.byAddress.get(address);
  if (isNobody(holder)) {
    return lister
      ? {
          state: 'damaged',
          why: 'it names nobody; goes with the attachment that is recorded',
          ...whose(lister),
        }
      : unowned(reserved, evidence, 'damaged');
  }
  const owner = ownerOf(holder, records);
  if (owner && (owner === lister || owner.record.origin)) return ofOwner(owner);
  if (lister)
    return {
      state: 'unknown',
      why: `it names ${holder.containerId}, but the record of ${lister.record.device} lists it`,
    };
  if (owner && !isOver(owner.life))
    return { state: 'unknown', why: `the record of ${owner.record.device} does not list it` };
  return unowned(reserved, { ...evidence, isOurs: evidence.isOurs || owner !== undefined }, 'stale');
}

const whose = ({ record: { device, pod } }: Lived) => ({ device, ...(pod && { pod: podText(pod) }) });

function ofOwner(owner: Lived): Judgement {
  const { life } = owner;
  if (isOver(life))
    return { state: 'stale', why: life.why ?? life.state, isReclaimable: true, ...whose(owner) };
  if (life.state === 'unknown') return { state: 'unknown', why: life.why ?? '', ...whose(owner) };
  return { state: 'held', ...(life.why && { why: life.why }), ...whose(owner) };
}

/** Longer than any ADD may take: a plugin that keeps no records reserves before its pod has the address. */
const YOUNG_MS = 300_000;

export const isYoung = (sinceMs: number, nowMs: number) => sinceMs > nowMs - YOUNG_MS;

/**
 * Of no record. That it is stale needs all of these: it is ours, no record is lost, no namespace has the address. That alone
 * is not enough: the address of a virtual machine is in no namespace.
 */
function unowned({ address, sinceMs }: Reserved, evidence: Evidence, state: 'stale' | 'damaged'): Judgement {
  const { isOurs, damagedRecords, claims, nowMs } = evidence;
  const place = claims.places.get(ipText(address));
  if (place) return { state: 'held', why: `no record of it, but ${place} has the address` };
  const doubt = [
    !isOurs && 'of another plugin? --only-ours tells that sriov alone uses this network',
    damagedRecords[0] && `it may be of the damaged record ${damagedRecords[0]}`,
    claims.refusals[0] && `cannot look into every namespace: ${claims.refusals[0]}`,
    isYoung(sinceMs, nowMs) && 'its ADD may be under way: it was reserved less than 5 minutes ago',
  ].find((one) => typeof one === 'string');
  const what = state === 'damaged' ? 'it names nobody' : 'no record of it';
  if (doubt) return { state: state === 'damaged' ? state : 'unknown', why: `${what}; ${doubt}` };
  return { state, why: `${what}, and no namespace has the address`, isReclaimable: true };
}

/** Only we leave drafts. They hold nothing. */
function draftJudgement({ sinceMs }: Draft, { nowMs }: Evidence): Judgement {
  if (isYoung(sinceMs, nowMs)) return { state: 'unfinished', why: 'an ADD is under way' };
  return { state: 'unfinished', why: 'left by an ADD that died: it holds nothing', isReclaimable: true };
}
