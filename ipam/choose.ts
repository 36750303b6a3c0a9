import type { Family, Ip } from '../schemas/ip.ts';
import { familyOf, isInRange } from './range.ts';
import { gatewaysOf, type RangeSet } from './range-set.ts';

type Stretch = { readonly family: Family; readonly from: bigint; readonly to: bigint };

/**
 * Every address that the set may hand out, once, in the order in which to try them: from the one after `last` on,
 * from range to range and round to the first, `last` itself at the end. So a released address is used again as
 * late as possible. Without `last`, or with one that the set does not have (any more), from the start.
 */
export function* candidatesOf(set: RangeSet, last?: Ip): Generator<Ip, void> {
  const gateways = gatewaysOf(set);
  for (const { family, from, to } of stretchesOf(set, last)) {
    for (let value = from; value <= to; value++) {
      if (!gateways.has(value)) yield { family, value };
    }
  }
}

function stretchesOf(set: RangeSet, last: Ip | undefined): Stretch[] {
  const whole = set.map((range) => ({ family: familyOf(range), from: range.first, to: range.last }));
  const index = last ? set.findIndex((range) => isInRange(range, last)) : -1;
  const split = whole[index];
  if (!last || !split) return whole;
  return [
    { ...split, from: last.value + 1n },
    ...whole.slice(index + 1),
    ...whole.slice(0, index),
    { ...split, to: last.value },
  ];
}
