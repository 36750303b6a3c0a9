import { CniError } from '../schemas/fault.ts';
import { type Ip, prefixText } from '../schemas/ip.ts';
import type { IpamConf, RangeConf } from '../schemas/ipam-conf.ts';
import { familyOf, isInRange, overlap, type Range, rangeOf, rangeText } from './range.ts';

/**
 * Ranges of one family that do not overlap. An attachment gets one address of each set.
 * The index of a set in the configuration is part of a file name on disk (`last_reserved_ip.<index>`).
 */
export type RangeSet = readonly Range[];

type ConfiguredRange = { readonly path: string; readonly conf: RangeConf };
type ConfiguredSet = { readonly path: string; readonly ranges: readonly ConfiguredRange[] };
type Located = { readonly path: string; readonly range: Range };
type Complain = (path: string, expected: string, got: string) => void;

/**
 * The range sets of a configuration in host-local's order: the short form first, then `ranges`.
 * @throws CniError `netconf` that names all problems, each as `path: expected ..., got ...`
 */
export function rangeSetsOf(conf: IpamConf): RangeSet[] {
  const problems: string[] = [];
  const complain: Complain = (path, expected, got) => {
    problems.push(`${path}: expected ${expected}, got ${got}`);
  };
  const configured = configuredSetsOf(conf);
  if (configured.length === 0) complain('ipam.ranges', 'at least one range set, or ipam.subnet', 'nothing');
  const sets = configured.map((set) => locatedRangesOf(set, complain));
  for (const set of sets) checkFamilies(set, complain);
  for (const set of sets) checkYield(set, complain);
  checkOverlaps(sets.flat(), complain);
  if (problems.length > 0) throw new CniError('netconf', problems.join('; '));
  return sets.map((set) => set.map(({ range }) => range));
}

/** The range of the set that hands out this address, gateway or not. */
export function rangeWith(set: RangeSet, ip: Ip): Range | undefined {
  return set.find((range) => isInRange(range, ip));
}

/** What the set never hands out: the gateway of each of its ranges, even where another of its ranges has it. */
export function gatewaysOf(set: RangeSet): ReadonlySet<bigint> {
  return new Set(set.flatMap(({ gateway }) => (gateway ? [gateway.value] : [])));
}

/** How many addresses the set can hand out. */
export function sizeOf(set: RangeSet): bigint {
  const all = set.reduce((sum, { first, last }) => sum + last - first + 1n, 0n);
  const skipped = [...gatewaysOf(set)].filter((value) =>
    set.some(({ first, last }) => first <= value && value <= last),
  );
  return all - BigInt(skipped.length);
}

/** `first-last,first-last`, as host-local writes a set. */
export function rangeSetText(set: RangeSet): string {
  return set.map(rangeText).join(',');
}

function configuredSetsOf(conf: IpamConf): ConfiguredSet[] {
  const sets = (conf.ranges ?? []).map((ranges, set) => ({
    path: `ipam.ranges[${set}]`,
    ranges: ranges.map((range, index) => ({ path: `ipam.ranges[${set}][${index}]`, conf: range })),
  }));
  const { subnet, rangeStart, rangeEnd, gateway } = conf;
  if (subnet === undefined) return sets;
  const short = { path: 'ipam', conf: { subnet, rangeStart, rangeEnd, gateway } };
  return [{ path: 'ipam', ranges: [short] }, ...sets];
}

function locatedRangesOf({ path, ranges }: ConfiguredSet, complain: Complain): Located[] {
  if (ranges.length === 0) complain(path, 'at least one range', '[]');
  return ranges.flatMap(({ path, conf }) => {
    const range = rangeOf(conf, (key, expected, got) => complain(`${path}.${key}`, expected, got));
    return range ? [{ path, range }] : [];
  });
}

function checkFamilies([first, ...others]: readonly Located[], complain: Complain): void {
  for (const { path, range } of others) {
    if (!first || familyOf(first.range) === familyOf(range)) continue;
    const wanted = `an IPv${familyOf(first.range)} subnet like the set's first`;
    complain(`${path}.subnet`, wanted, prefixText(range.subnet));
  }
}

function checkOverlaps(ranges: readonly Located[], complain: Complain): void {
  ranges.forEach(({ path, range }, index) => {
    const earlier = ranges.slice(0, index).find((other) => overlap(other.range, range));
    if (!earlier) return;
    const wanted = `no address that ${earlier.path} (${rangeText(earlier.range)}) has`;
    complain(path, wanted, rangeText(range));
  });
}

/** A single address may be the gateway of its range, or of another one in the set. */
function checkYield(located: readonly Located[], complain: Complain): void {
  const set = located.map(({ range }) => range);
  if (sizeOf(set) > 0n) return;
  for (const { path, range } of located) {
    complain(`${path}.subnet`, 'an address to hand out besides the gateway', `only ${rangeText(range)}`);
  }
}
