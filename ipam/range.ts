import {
  contains,
  type Ip,
  lastOf,
  networkOf,
  type Prefix,
  parseIp,
  parsePrefix,
  prefixText,
} from '../schemas/ip.ts';
import { NO_GATEWAY, type RangeConf, type Stretch } from '../schemas/ipam-conf.ts';
import { stretchText } from './stretch.ts';

/** A stretch of one subnet's addresses. Its gateway is not handed out. */
export type Range = Stretch & {
  /** Host bits are zero. Its length goes with every address handed out. */
  readonly subnet: Prefix;
  /** Of the same family; may lie outside the subnet. */
  readonly gateway: Ip | undefined;
};

/** Takes note of one problem: the key it is at, what is expected there, and what came instead. */
export type Report = (key: keyof RangeConf, expected: string, got: string) => void;

type Defaults = Pick<Range, 'first' | 'last' | 'gateway'>;

/**
 * The range in canonical form, with host-local's defaults; undefined if something was reported.
 * It goes on after a problem, so that all of them come out at once.
 */
export function rangeOf(conf: RangeConf, report: Report): Range | undefined {
  let isSound = true;
  const complain: Report = (key, expected, got) => {
    isSound = false;
    report(key, expected, got);
  };
  const subnet = subnetOf(conf, complain);
  if (!subnet) return undefined;
  const defaults = defaultsOf(subnet);
  const first = boundOf(conf, 'rangeStart', subnet, complain) ?? defaults.first;
  const last = boundOf(conf, 'rangeEnd', subnet, complain) ?? defaults.last;
  const gateway = conf.gateway === undefined ? defaults.gateway : gatewayOf(conf.gateway, subnet, complain);
  const range = { subnet, family: subnet.ip.family, first, last, gateway };
  if (isSound) checkOrder(conf, range, complain);
  return isSound ? range : undefined;
}

function subnetOf(conf: RangeConf, complain: Report): Prefix | undefined {
  const given = parsePrefix(conf.subnet);
  if (!given) {
    complain('subnet', 'an IP network such as 10.1.0.0/16', `"${conf.subnet}"`);
    return undefined;
  }
  const subnet = { ip: networkOf(given), length: given.length };
  if (subnet.ip.value !== given.ip.value) {
    complain('subnet', `a network without host bits, here ${prefixText(subnet)}`, `"${conf.subnet}"`);
  }
  return subnet;
}

/**
 * As host-local has them: the gateway is the first address after the network's own, the range ends before the
 * broadcast address (IPv6 has none). Where a subnet has one or two addresses, all are for use (RFC 3021, RFC 6164).
 */
function defaultsOf(subnet: Prefix): Defaults {
  const { family, value: network } = subnet.ip;
  const last = lastOf(subnet).value;
  if (last - network <= 1n) return { first: network, last, gateway: undefined };
  const first = network + 1n;
  return { first, last: family === 4 ? last - 1n : last, gateway: { family, value: first } };
}

function boundOf(
  conf: RangeConf,
  key: 'rangeStart' | 'rangeEnd',
  subnet: Prefix,
  complain: Report,
): bigint | undefined {
  const text = conf[key];
  if (text === undefined) return undefined;
  const ip = parseIp(text);
  if (ip && contains(subnet, ip)) return ip.value;
  complain(key, `an address of ${prefixText(subnet)}`, `"${text}"`);
  return undefined;
}

function gatewayOf(text: string, subnet: Prefix, complain: Report): Ip | undefined {
  if (text === NO_GATEWAY) return undefined;
  const gateway = parseIp(text);
  if (gateway?.family === subnet.ip.family) return gateway;
  complain('gateway', `an IPv${subnet.ip.family} address like the subnet's, or "${NO_GATEWAY}"`, `"${text}"`);
  return undefined;
}

function checkOrder(conf: RangeConf, range: Range, complain: Report): void {
  if (range.first <= range.last) return;
  const key = conf.rangeStart === undefined ? 'rangeEnd' : 'rangeStart';
  complain(key, 'a range that starts before it ends', stretchText(range));
}
