/** The versions of the CNI specification, and the result in the shape of each. */
import { decode, shown } from '../../schemas/decode.ts';
import { CniError } from '../../schemas/fault.ts';
import { Result, ResultByFamily, type ResultIp, type ResultRoute } from '../../schemas/result.ts';

export const SUPPORTED_VERSIONS = ['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'] as const;
export type Version = (typeof SUPPORTED_VERSIONS)[number];
export const NEWEST_VERSION: Version = '1.1.0';
/** What a configuration without `cniVersion` means. */
const UNSTATED_VERSION: Version = '0.1.0';

export function parseVersion(text: string | undefined): Version {
  const version = SUPPORTED_VERSIONS.find((known) => known === (text || UNSTATED_VERSION));
  if (version) return version;
  throw new CniError(
    'incompatible-version',
    `The configuration is of version ${shown(text)}, supported are ${SUPPORTED_VERSIONS.join(', ')}`,
  );
}

export function isAtLeast(version: Version, least: Version): boolean {
  return SUPPORTED_VERSIONS.indexOf(version) >= SUPPORTED_VERSIONS.indexOf(least);
}

const isIpv6 = (address: string) => address.includes(':');

type IpByFamily = { ip: string; gateway?: string; routes?: ResultRoute[] };

/** 0.1.0 and 0.2.0 know one address per family, and no interface. */
function byFamily(version: Version, { ips, routes, dns }: Result) {
  const [v4, ...moreV4] = ips.filter(({ address }) => !isIpv6(address));
  const [v6, ...moreV6] = ips.filter(({ address }) => isIpv6(address));
  if ((!v4 && !v6) || moreV4.length > 0 || moreV6.length > 0) {
    throw new CniError(
      'incompatible-version',
      `cniVersion ${version} can only express one address per family, and at least one; this network has ${ips.length}. ` +
        'Use 0.3.1 or later',
    );
  }
  const isReached = ({ dst }: ResultRoute) => (isIpv6(dst) ? v6 : v4) !== undefined;
  if (!routes.every(isReached)) {
    throw new CniError(
      'incompatible-version',
      `cniVersion ${version} can only express routes of a family that has an address. Use 0.3.1 or later`,
    );
  }
  const entry = ({ address, gateway }: ResultIp): IpByFamily => {
    const own = routes.filter(({ dst }) => isIpv6(dst) === isIpv6(address));
    return { ip: address, ...(gateway && { gateway }), ...(own.length > 0 && { routes: own.map(oldRoute) }) };
  };
  return {
    cniVersion: version,
    ...(v4 && { ip4: entry(v4) }),
    ...(v6 && { ip6: entry(v6) }),
    dns: dns ?? {},
  };
}

/** Without what came with 1.1.0. */
function withoutNews({ interfaces, ips, routes, dns }: Result) {
  return {
    ...(interfaces.length > 0 && {
      interfaces: interfaces.map(({ name, mac, sandbox }) => ({
        name,
        ...(mac && { mac }),
        ...(sandbox && { sandbox }),
      })),
    }),
    ips,
    routes: routes.map(oldRoute),
    ...(dns && { dns }),
  };
}

const oldRoute = ({ dst, gw }: ResultRoute): ResultRoute => ({ dst, ...(gw && { gw }) });

/** 0.3.0 to 0.4.0 say of each address which family it is of, and always have `dns`. */
function withFamilies(version: Version, result: Result) {
  const ips = result.ips.map((ip) => ({ version: isIpv6(ip.address) ? '6' : '4', ...ip }));
  return { cniVersion: version, dns: {}, ...withoutNews(result), ips };
}

/** A result of an IPAM plugin has no interfaces. */
function newest({ interfaces, ...rest }: Result) {
  return { cniVersion: NEWEST_VERSION, ...(interfaces.length > 0 && { interfaces }), ...rest };
}

const SHAPES: Record<Version, (result: Result) => object> = {
  '0.1.0': (result) => byFamily('0.1.0', result),
  '0.2.0': (result) => byFamily('0.2.0', result),
  '0.3.0': (result) => withFamilies('0.3.0', result),
  '0.3.1': (result) => withFamilies('0.3.1', result),
  '0.4.0': (result) => withFamilies('0.4.0', result),
  '1.0.0': (result) => ({ cniVersion: '1.0.0', ...withoutNews(result) }),
  '1.1.0': newest,
};

/** The result as that version of the specification has it; CniError `incompatible-version` if it cannot. */
export function expressed(result: Result, version: Version): object {
  return SHAPES[version](result);
}

/** The result that another plugin answered, in whatever version. CniError `netconf` if it is none. */
export function understood(answer: unknown): Result {
  const { ip4, ip6, dns } = decode(ResultByFamily, answer, 'netconf');
  const old = [ip4, ip6].filter((one) => one !== undefined);
  if (old.length === 0) return decode(Result, answer, 'netconf');
  return {
    interfaces: [],
    ips: old.map(({ ip, gateway }) => ({ address: ip, gateway })),
    routes: old.flatMap(({ routes }) => routes),
    dns,
  };
}
