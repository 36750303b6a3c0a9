/** What `sriov attachments` tells of one attachment. */
import type { AttachmentRecord } from '../../../schemas/record.ts';
import { type Holder, holderOf, holderText } from '../holder.ts';
import type { Column } from '../table.ts';
import type { Tone } from '../terminal.ts';
import type { Life, State } from './life.ts';

export type Attached = Holder &
  Life & {
    readonly device: string;
    readonly addresses: readonly string[];
    /** ISO 8601, UTC. */
    readonly since?: string;
    readonly isUnfinished?: true;
  };

export function attachedOf(record: AttachmentRecord, life: Life): Attached {
  const { device, addresses, since, isUnfinished } = record;
  return {
    device,
    ...holderOf(record),
    addresses: addresses.held,
    ...(since && { since }),
    ...(isUnfinished && { isUnfinished }),
    ...life,
  };
}

/** As precise as people ask: `2026-11-22 03:14Z`. */
export const sinceText = (since: string | undefined) => since?.replace(/^(.{10})T(.{5}).*$/, '$1 $2Z');

export const TONE_OF: Record<State, Tone> = {
  living: 'good',
  unfinished: 'doubtful',
  unknown: 'doubtful',
  dead: 'bad',
  'of an earlier boot': 'bad',
};

export const COLUMNS: readonly Column<Attached>[] = [
  { title: 'VF', of: ({ device }) => device },
  { title: 'HELD BY', of: holderText },
  { title: 'INTERFACE', of: (attached) => attached.interface },
  { title: 'NETWORK', of: ({ network }) => network },
  { title: 'ADDRESSES', of: ({ addresses }) => addresses.join(', ') },
  { title: 'SINCE', of: ({ since }) => sinceText(since) },
  { title: 'STATE', of: ({ state }) => state, toneOf: ({ state }) => TONE_OF[state] },
  { title: 'CONTAINER', of: ({ container }) => container, isWide: true },
  { title: 'NETNS', of: ({ netns }) => netns, isWide: true },
  { title: 'WHY', of: ({ why }) => why, isWide: true },
];
