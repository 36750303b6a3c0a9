/** What `ip -json` prints, as links, addresses and routes. */
import * as z from 'zod/mini';
import { CniError } from '../../schemas/fault.ts';
import { IfName, LinkState } from '../../schemas/words.ts';
import type { Link, ObservedNetwork, OtherVf, ShownByPf } from '../attachment/observed.ts';
import { onOff } from './ip-words.ts';

const IpLink = z.object({
  ifindex: z.number(),
  ifname: z.string(),
  flags: z.array(z.string()),
  mtu: z.number(),
  link_type: z.string(),
  address: z._default(z.string(), ''),
  ifalias: z._default(z.string(), ''),
  altnames: z._default(z.array(z.string()), []),
  txqlen: z._default(z.number(), 0),
  xdp: z.optional(z.unknown()),
  parentdev: z.optional(z.string()),
  master: z.optional(z.string()),
  vfinfo_list: z.optional(
    z.array(
      z.object({
        vf: z.number(),
        address: z._default(z.string(), ''),
        vlan_list: z._default(
          z.array(
            z.object({
              vlan: z._default(z.number(), 0),
              qos: z._default(z.number(), 0),
              protocol: z.optional(z.string()),
            }),
          ),
          [],
        ),
        spoofchk: z.optional(z.boolean()),
        trust: z.optional(z.boolean()),
        link_state: z.catch(z.optional(LinkState), undefined),
        rate: z.optional(z.object({ max_tx: z.number(), min_tx: z.number() })),
      }),
    ),
  ),
});
export type IpLink = z.output<typeof IpLink>;

const IpLinks = z.array(IpLink);
const IpAddress = z.object({
  local: z.string(),
  prefixlen: z.number(),
  tentative: z.optional(z.boolean()),
  dadfailed: z.optional(z.boolean()),
});
const IpAddresses = z.array(z.object({ addr_info: z._default(z.array(IpAddress), []) }));
const IpRoutes = z.array(
  z.object({ dst: z.string(), gateway: z.optional(z.string()), table: z.optional(z.string()) }),
);

/** JSON wants those below U+0020 escaped, and allows it for the others. */
const CONTROL = /\p{Cc}/gu;

/**
 * One JSON array per `show` line, each on a line of its own; a `show` of nothing prints `[]` or `[{}]`. iproute2 6.1 leaves
 * control characters in names and aliases as they are, which a pod may have put there.
 */
function documentsOf(stdout: string): unknown[][] {
  const lines = stdout.split('\n').filter((line) => line.startsWith('['));
  return lines.map((line) => {
    const escaped = line.replace(
      CONTROL,
      (char) => `\\u00${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
    );
    return JSON.parse(escaped).filter((item: object) => Object.keys(item).length > 0);
  });
}

/** Reads what `ip` printed; what it may not print is no error of the caller's. */
function understood<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new CniError('unavailable', `Cannot understand what ip printed: ${(cause as Error).message}`, {
      cause,
    });
  }
}

export function parseLinks(stdout: string): IpLink[] {
  return understood(() => documentsOf(stdout).flatMap((document) => IpLinks.parse(document)));
}

/** From `address show` and `route show`, and from `-6 route show`: a batch cannot change its family. */
export function parseNetwork(stdout: string, stdoutOfIpv6: string): ObservedNetwork {
  return understood(() => networkIn(stdout, stdoutOfIpv6));
}

function networkIn(stdout: string, stdoutOfIpv6: string): ObservedNetwork {
  const [addresses = [], routes = []] = documentsOf(stdout);
  const [routesOfIpv6 = []] = documentsOf(stdoutOfIpv6);
  const all = IpAddresses.parse(addresses).flatMap(({ addr_info }) => addr_info);
  const texts = (some: typeof all) => some.map(({ local, prefixlen }) => `${local}/${prefixlen}`);
  return {
    addresses: texts(all),
    tentative: texts(all.filter(({ tentative, dadfailed }) => tentative && !dadfailed)),
    duplicate: texts(all.filter(({ dadfailed }) => dadfailed)),
    routes: [...routesIn(routes, 4), ...routesIn(routesOfIpv6, 6)],
  };
}

function routesIn(document: unknown, family: 4 | 6): ObservedNetwork['routes'] {
  const configured = IpRoutes.parse(document).filter(({ table }) => table !== 'local');
  return configured.map(({ dst, gateway }) => ({
    dst: inFull(dst, family),
    ...(gateway && { gw: gateway }),
  }));
}

/** `ip` writes the default route and host routes short. */
function inFull(dst: string, family: 4 | 6): string {
  if (dst === 'default') return family === 6 ? '::/0' : '0.0.0.0/0';
  return dst.includes('/') ? dst : `${dst}/${family === 6 ? 128 : 32}`;
}

/**
 * A name that `ip` takes from us: a pod may give a link one that is no text, or that a batch cannot quote. `ip` takes
 * `if<index>` for such.
 */
function nameOf({ ifname, ifindex }: IpLink): Link['name'] {
  return isPlainName(ifname) ? ifname : z.parse(IfName, `if${ifindex}`);
}

export function isPlainName(name: string): name is IfName {
  return !name.includes('\ufffd') && IfName.safeParse(name).success;
}

export function linkOf(link: IpLink): Link {
  const { flags, link_type, parentdev, master, ...rest } = link;
  return {
    name: nameOf(link),
    mac: rest.address,
    mtu: rest.mtu,
    isUp: flags.includes('UP'),
    isPromiscuous: flags.includes('PROMISC'),
    isAllMulticast: flags.includes('ALLMULTI'),
    isMulticast: flags.includes('MULTICAST'),
    hasArp: !flags.includes('NOARP'),
    hasXdp: rest.xdp !== undefined,
    txQueueLength: rest.txqlen,
    alias: rest.ifalias,
    altnames: rest.altnames.filter((altname) => !altname.includes('\ufffd')),
    linkType: link_type,
    hasCarrier: flags.includes('LOWER_UP'),
    ...(parentdev !== undefined && { parentDevice: parentdev }),
    ...(master !== undefined && { master }),
  };
}

/** What the PF shows of a VF; a driver without the operation shows nothing for spoofchk and trust. */
export function shownOf({ vfinfo_list = [] }: IpLink, index: number): ShownByPf | undefined {
  const info = vfinfo_list.find(({ vf }) => vf === index);
  if (!info) return undefined;
  const { vlan, qos, protocol } = info.vlan_list[0] ?? { vlan: 0, qos: 0 };
  return {
    mac: info.address,
    vlan: { id: vlan, qos, ...(protocol && protocol !== '802.1Q' && { protocol }) },
    ...(info.spoofchk !== undefined && { spoofchk: onOff(info.spoofchk) }),
    ...(info.trust !== undefined && { trust: onOff(info.trust) }),
    ...(info.link_state && { linkState: info.link_state }),
    ...(info.rate && { minTxRate: info.rate.min_tx, maxTxRate: info.rate.max_tx }),
  };
}

export function othersThan({ vfinfo_list = [] }: IpLink, index: number): OtherVf[] {
  return vfinfo_list.filter(({ vf }) => vf !== index).map(({ vf, address }) => ({ index: vf, mac: address }));
}
