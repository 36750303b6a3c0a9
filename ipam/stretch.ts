import { type Ip, ipText } from '../schemas/ip.ts';
import type { Stretch } from '../schemas/ipam-conf.ts';

export function isWithin({ family, first, last }: Stretch, ip: Ip): boolean {
  return ip.family === family && first <= ip.value && ip.value <= last;
}

export function overlap(one: Stretch, other: Stretch): boolean {
  return one.family === other.family && one.first <= other.last && other.first <= one.last;
}

/** What is left of the whole, in order. What is withheld must be ordered by its first addresses, and may overlap. */
export function* without(whole: Stretch, withheld: readonly Stretch[]): Generator<Stretch, void> {
  const { family, last } = whole;
  let first = whole.first;
  for (const gap of withheld) {
    if (!overlap(whole, gap)) continue;
    if (first < gap.first) yield { family, first, last: gap.first - 1n };
    if (first <= gap.last) first = gap.last + 1n;
  }
  if (first <= last) yield { family, first, last };
}

/** `first-last`, as host-local writes a range. */
export function stretchText({ family, first, last }: Stretch): string {
  return `${ipText({ family, value: first })}-${ipText({ family, value: last })}`;
}
