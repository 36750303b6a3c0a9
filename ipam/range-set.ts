import { CniError, type Problem } from '../schemas/fault.ts';
import { type Ip, prefixText } from '../schemas/ip.ts';
import {
  IP_RANGES,
  type IpamConf,
  parseStretch,
  type RangeConf,
  type Stretch,
} from '../schemas/ipam-conf.ts';
import { type Range, rangeOf } from './range.ts';
import { isWithin, overlap, stretchText, without } from './stretch.ts';

/**
 * Ranges of one family that do not overlap. An attachment gets one address of each set.
 * The index of a set in the configuration is part of a file name on disk (`last_reserved_ip.<index>`).
 */
export type RangeSet = {
  readonly ranges: readonly Range[];
  /**
   * What is never handed out, ordered by first address: what is excluded, and the gateway of each range, even where
   * another range of the set has it.
   */
  readonly withheld: readonly Stretch[];
};

type ConfiguredRange = { readonly path: string; readonly conf: RangeConf };
type ConfiguredSet = { readonly path: string; readonly ranges: readonly ConfiguredRange[] };
type Located = { readonly path: string; readonly range: Range };
type LocatedSet = { readonly path: string; readonly located: readonly Located[] };
type Complain = (path: string, expected: string, got: string) => void;

/**
 * The range sets of a configuration in host-local's order: the runtime's, the short form, `ranges`.
 * @throws CniError `netconf` that names all problems
 */
export function rangeSetsOf(conf: IpamConf, ipRanges: readonly (readonly RangeConf[])[] = []): RangeSet[] {
  const problems: Problem[] = [];
  const complain: Complain = (path, expected, got) => {
    problems.push({ path, expected, got });
  };
  const configured = configuredSetsOf(conf, ipRanges);
  if (configured.length === 0) complain('ipam.ranges', 'at least one range set, or ipam.subnet', 'nothing');
  const sets = configured.map((set) => locatedSetOf(set, complain));
  const excluded = excludedOf(conf, complain);
  for (const set of sets) checkFamilies(set, complain);
  for (const set of sets) checkYield(set, excluded, complain);
  checkOverlaps(sets, complain);
  if (problems.length > 0) throw CniError.of('netconf', problems);
  return sets.map((set) => rangeSetOf(set, excluded));
}

/** The range of the set that has this address, whether it is handed out or not. */
export function rangeWith({ ranges }: RangeSet, ip: Ip): Range | undefined {
  return ranges.find((range) => isWithin(range, ip));
}

/** How many addresses the set can hand out. */
export function sizeOf({ ranges, withheld }: RangeSet): bigint {
  const stretches = ranges.flatMap((range) => [...without(range, withheld)]);
  return stretches.reduce((sum, { first, last }) => sum + last - first + 1n, 0n);
}

/** `first-last,first-last`, as host-local writes a set. */
export function rangeSetText({ ranges }: RangeSet): string {
  return ranges.map(stretchText).join(',');
}

/** The same for sets that hand out the same addresses. */
export function yieldText(set: RangeSet): string {
  return `${rangeSetText(set)} without ${set.withheld.map(stretchText).join(',')}`;
}

function configuredSetsOf(
  { subnet, rangeStart, rangeEnd, gateway, ranges }: IpamConf,
  ipRanges: readonly (readonly RangeConf[])[],
): ConfiguredSet[] {
  const short =
    subnet === undefined ? [] : [{ path: 'ipam', conf: { subnet, rangeStart, rangeEnd, gateway } }];
  return [
    ...listedSetsOf(IP_RANGES, ipRanges),
    ...short.map((range) => ({ path: 'ipam', ranges: [range] })),
    ...listedSetsOf('ipam.ranges', ranges ?? []),
  ];
}

function listedSetsOf(key: string, sets: readonly (readonly RangeConf[])[]): ConfiguredSet[] {
  return sets.map((ranges, set) => ({
    path: `${key}[${set}]`,
    ranges: ranges.map((conf, index) => ({ path: `${key}[${set}][${index}]`, conf })),
  }));
}

function locatedSetOf({ path, ranges }: ConfiguredSet, complain: Complain): LocatedSet {
  if (ranges.length === 0) complain(path, 'at least one range', '[]');
  const located = ranges.flatMap(({ path, conf }) => {
    const range = rangeOf(conf, (key, expected, got) => complain(`${path}.${key}`, expected, got));
    return range ? [{ path, range }] : [];
  });
  return { path, located };
}

function excludedOf({ exclude = [] }: IpamConf, complain: Complain): Stretch[] {
  return exclude.flatMap((text, index) => {
    const stretch = parseStretch(text);
    if (!stretch) complain(`ipam.exclude[${index}]`, 'an address, first-last or a network', `"${text}"`);
    return stretch ?? [];
  });
}

function rangeSetOf({ located }: LocatedSet, excluded: readonly Stretch[]): RangeSet {
  const ranges = located.map(({ range }) => range);
  const gateways = ranges.flatMap(({ family, gateway }) =>
    gateway ? [{ family, first: gateway.value, last: gateway.value }] : [],
  );
  const withheld = [...gateways, ...excluded].toSorted((one, other) => (one.first < other.first ? -1 : 1));
  return { ranges, withheld };
}

function checkFamilies({ located: [first, ...others] }: LocatedSet, complain: Complain): void {
  for (const { path, range } of others) {
    if (!first || first.range.family === range.family) continue;
    const wanted = `an IPv${first.range.family} subnet like the set's first`;
    complain(`${path}.subnet`, wanted, prefixText(range.subnet));
  }
}

function checkOverlaps(sets: readonly LocatedSet[], complain: Complain): void {
  const ranges = sets.flatMap(({ located }) => located);
  ranges.forEach(({ path, range }, index) => {
    const earlier = ranges.slice(0, index).find((other) => overlap(other.range, range));
    if (!earlier) return;
    const wanted = `no address that ${earlier.path} (${stretchText(earlier.range)}) has`;
    complain(path, wanted, stretchText(range));
  });
}

/** A single address may be the gateway of its range, or of another one in the set. */
function checkYield(set: LocatedSet, excluded: readonly Stretch[], complain: Complain): void {
  const unrestricted = rangeSetOf(set, []);
  if (sizeOf(rangeSetOf(set, excluded)) > 0n) return;
  if (sizeOf(unrestricted) > 0n) {
    const wanted = `an address of ${set.path} (${rangeSetText(unrestricted)}) left to hand out`;
    complain('ipam.exclude', wanted, 'none');
    return;
  }
  for (const { path, range } of set.located) {
    complain(`${path}.subnet`, 'an address to hand out besides the gateway', `only ${stretchText(range)}`);
  }
}
