/** Which routes an attachment gets; pure. */
import {
  contains,
  hostPrefix,
  type Ip,
  isLinkLocal,
  type Prefix,
  parseIp,
  parsePrefix,
  prefixText,
} from '../../schemas/ip.ts';
import type { ResultRoute } from '../../schemas/result.ts';
import type { HeldAddress } from './ports.ts';

function prefixOf(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (!prefix) throw new TypeError(`Not a network: ${text}`);
  return prefix;
}

const familyOf = (text: string) => (text.includes(':') ? 6 : 4);

/** RT_SCOPE_LINK (linux/rtnetlink.h): the destination is on the link, and RT_SCOPE_HOST above it on the host. */
const SCOPE_LINK = 253;

/** The routes with their next hops: a route without one takes the first gateway of its family. */
export function routesOf(routes: readonly ResultRoute[], held: readonly HeldAddress[]): ResultRoute[] {
  const gateways = held.flatMap(({ gateway }) => gateway ?? []);
  const firstOf = (family: 4 | 6) => gateways.find((gateway) => familyOf(gateway) === family);
  const first = { 4: firstOf(4), 6: firstOf(6) };
  const defaultOf = ({ dst, scope = 0 }: ResultRoute) =>
    scope < SCOPE_LINK ? first[familyOf(dst)] : undefined;
  const hops = routes.map(({ gw, ...route }): ResultRoute => {
    const hop = gw ?? defaultOf(route);
    return hop === undefined || isHop(route.dst, hop) ? route : { ...route, gw: hop };
  });
  // The kernel refuses a route that it has.
  const seen = new Set<string>();
  return hops.filter((hop) => seen.size < seen.add(identityOf(hop)).size);
}

function identityOf({ dst, gw, table, priority }: ResultRoute): string {
  return [dst, gw, table, priority].join(' ');
}

/** A route to the next hop itself has to be on the link. */
function isHop(dst: string, hop: string): boolean {
  const ip = parseIp(hop);
  return ip !== undefined && prefixText(hostPrefix(ip)) === dst;
}

/**
 * The next hops that no address of the interface makes reachable. The kernel answers "network is unreachable" to a
 * route by such a gateway, unless a route says that it is on the link.
 */
export function gatewaysOutside(routes: readonly ResultRoute[], held: readonly HeldAddress[]): string[] {
  const subnets = held.map(({ address }) => prefixOf(address));
  const isOutside = (ip: Ip) => !isLinkLocal(ip) && !subnets.some((subnet) => contains(subnet, ip));
  const outside = routes.flatMap(({ gw }) => {
    const ip = gw === undefined ? undefined : parseIp(gw);
    return ip && isOutside(ip) ? prefixText(hostPrefix(ip)) : [];
  });
  const covered = new Set(routes.filter(({ gw }) => gw === undefined).map(({ dst }) => dst));
  return [...new Set(outside)].filter((destination) => !covered.has(destination));
}
