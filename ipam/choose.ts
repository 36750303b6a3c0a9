import type { Ip } from '../schemas/ip.ts';
import type { Stretch } from '../schemas/ipam-conf.ts';
import type { RangeSet } from './range-set.ts';
import { isWithin, without } from './stretch.ts';

/**
 * Every address that the set may hand out, once, in the order in which to try them: from the one after `last` on,
 * from range to range and round to the first, `last` itself at the end. So a released address is used again as
 * late as possible. Without `last`, or with one that the set does not have (any more), from the start.
 */
export function* candidatesOf(set: RangeSet, last?: Ip): Generator<Ip, void> {
  for (const turn of turnsOf(set, last)) {
    for (const { family, first, last } of without(turn, set.withheld)) {
      for (let value = first; value <= last; value++) yield { family, value };
    }
  }
}

function turnsOf({ ranges }: RangeSet, last: Ip | undefined): readonly Stretch[] {
  const index = last ? ranges.findIndex((range) => isWithin(range, last)) : -1;
  const split = ranges[index];
  if (!last || !split) return ranges;
  return [
    { ...split, first: last.value + 1n },
    ...ranges.slice(index + 1),
    ...ranges.slice(0, index),
    { ...split, last: last.value },
  ];
}
