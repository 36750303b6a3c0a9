/** How full the ranges of a network are; pure. Numbers are texts where IPv6 makes them too large for JSON. */
import { type RangeSet, rangeSetText, rangeWith, sizeOf, yieldText } from '../../../ipam/range-set.ts';
import { isWithin } from '../../../ipam/stretch.ts';
import type { Ip } from '../../../schemas/ip.ts';

export type Fullness = {
  readonly network: string;
  /** `first-last,first-last`. */
  readonly ranges: string;
  /** How many addresses it hands out. */
  readonly size: string;
  readonly held: number;
  readonly free: string;
  readonly percent: number;
  /** Files of configurations that say so. */
  readonly from: readonly string[];
};

type Ranged = { readonly sets: readonly RangeSet[]; readonly from: string };

/** Sets that hand out the same addresses are one. */
export function fullnessOf(network: string, users: readonly Ranged[], held: readonly Ip[]): Fullness[] {
  const sets = users.flatMap(({ sets, from }) => sets.map((set) => ({ set, from })));
  const alike = Map.groupBy(sets, ({ set }) => yieldText(set));
  return [...alike.values()].flatMap((group) => {
    const [first] = group;
    return first ? [{ network, ...ofSet(first.set, held), from: group.map(({ from }) => from) }] : [];
  });
}

function ofSet(set: RangeSet, all: readonly Ip[]): Omit<Fullness, 'network' | 'from'> {
  const size = sizeOf(set);
  const held = all.filter(
    (ip) => rangeWith(set, ip) && !set.withheld.some((one) => isWithin(one, ip)),
  ).length;
  return {
    ranges: rangeSetText(set),
    size: `${size}`,
    held,
    free: `${size - BigInt(held)}`,
    percent: size === 0n ? 100 : Number((BigInt(held) * 1000n) / size) / 10,
  };
}
