/** Requested addresses: which range set is to give which. */
import { CniError } from '../schemas/fault.ts';
import { type Ip, ipText, parseIp, parsePrefix, prefixText } from '../schemas/ip.ts';
import { type RangeSet, rangeSetText, rangeWith } from './range-set.ts';
import { isWithin } from './stretch.ts';

/**
 * The requested address of each set that is to give one. The prefix length of a request is not looked at.
 * @throws CniError `netconf` that names every address that no set can give, and why
 */
export function requestsOf(
  sets: readonly RangeSet[],
  requested: readonly string[],
): ReadonlyMap<RangeSet, Ip> {
  const requests = new Map<RangeSet, Ip>();
  const problems: string[] = [];
  const absence = absenceFrom(sets);
  for (const text of requested) {
    const ip = parsePrefix(text)?.ip ?? parseIp(text);
    const set = ip && sets.find((one) => rangeWith(one, ip));
    const reason = ip && set ? refusalOf(ip, set, requests.get(set)) : absence;
    if (reason) problems.push(`Cannot reserve "${text}": ${reason}`);
    else if (ip && set) requests.set(set, ip);
  }
  if (problems.length > 0) throw new CniError('netconf', problems.join('; '));
  return requests;
}

function absenceFrom(sets: readonly RangeSet[]): string {
  return `it is no address of ${sets.map(rangeSetText).join(' or ')}`;
}

function refusalOf(ip: Ip, set: RangeSet, earlier: Ip | undefined): string | undefined {
  const behind = set.ranges.find(({ gateway }) => gateway?.value === ip.value);
  if (behind) return `it is the gateway of range ${prefixText(behind.subnet)}`;
  if (set.withheld.some((stretch) => isWithin(stretch, ip))) return 'ipam.exclude has it';
  if (earlier && earlier.value !== ip.value) {
    return `${ipText(earlier)} is requested of the same range set, which gives one address`;
  }
  return undefined;
}
