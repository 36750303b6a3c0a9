/** The `ipam` part of a network configuration for the built-in address store; keys and defaults are host-local's. */
import * as z from 'zod/mini';
import { type Family, type Ip, lastOf, networkOf, parseIp, parsePrefix } from './ip.ts';
import {
  AbsolutePath,
  described,
  IpText,
  listOf,
  MAX_ENTRIES,
  Mtu,
  NetworkText,
  PrefixText,
  wholeNumber,
} from './words.ts';

/** Where upstream host-local keeps its reservations, too. */
export const DEFAULT_DATA_DIR = '/var/lib/cni/networks';

/** As `gateway`: the network has none. */
export const NO_GATEWAY = 'none';

const GATEWAY = `an IP address or "${NO_GATEWAY}"`;
const GatewayText = z
  .string({ error: GATEWAY })
  .check(z.refine((text) => text === NO_GATEWAY || parseIp(text) !== undefined, { error: GATEWAY }));

const rangeBounds = {
  rangeStart: described(
    z.optional(IpText),
    'First address to hand out. Default: the one after the network address.',
  ),
  rangeEnd: described(
    z.optional(IpText),
    'Last address to hand out. Default: the last of the subnet (IPv4: the one before the broadcast address).',
  ),
  gateway: described(
    z.optional(GatewayText),
    'Default: the first address of the subnet. One outside the subnet is reached by an on-link route. ' +
      `\`${NO_GATEWAY}\`: there is none, and the first address is handed out.`,
  ),
};

export const RangeConf = z.object(
  { subnet: described(z.clone(PrefixText), 'The network; its host bits must be zero.'), ...rangeBounds },
  { error: 'a range: an object with `subnet`' },
);
export type RangeConf = z.output<typeof RangeConf>;

/** The path of the runtime's range sets. */
export const IP_RANGES = 'runtimeConfig.ipRanges';

/** In all sets together. */
const fewRanges = z.refine<readonly (readonly RangeConf[])[]>((sets) => sets.flat().length <= MAX_ENTRIES, {
  error: `at most ${MAX_ENTRIES} ranges`,
});

/** Where go-cni sends a range instead of a list of ranges, it is a set by itself. */
export const IpRanges = listOf(
  z.pipe(
    z.union([listOf(RangeConf, 'ranges'), RangeConf], {
      error: 'a range (an object with `subnet`) or a list of ranges',
    }),
    z.transform((given): RangeConf[] => (Array.isArray(given) ? given : [given])),
  ),
  'lists of ranges',
).check(fewRanges);
export type IpRanges = z.output<typeof IpRanges>;

/** Addresses of one family from `first` to `last`, both included. */
export type Stretch = { readonly family: Family; readonly first: bigint; readonly last: bigint };

/** An address, `first-last`, or a network without host bits; undefined if the text is none of them. */
export function parseStretch(text: string): Stretch | undefined {
  const network = parsePrefix(text);
  const isWhole = network !== undefined && networkOf(network).value === network.ip.value;
  if (isWhole) return stretchOf(network.ip, lastOf(network));
  const [start = '', end = start, ...rest] = text.split('-');
  return rest.length === 0 ? stretchOf(parseIp(start), parseIp(end)) : undefined;
}

function stretchOf(first: Ip | undefined, last: Ip | undefined): Stretch | undefined {
  if (first === undefined || first.family !== last?.family || first.value > last.value) return undefined;
  return { family: first.family, first: first.value, last: last.value };
}

const STRETCH = 'an IP address, first-last, or an IP network whose host bits are zero';
const StretchText = z
  .string({ error: STRETCH })
  .check(z.refine((text) => parseStretch(text) !== undefined, { error: STRETCH }));

const MAX_U32 = 4_294_967_295;

export const RouteConf = z
  .object(
    {
      dst: described(z.clone(NetworkText), 'Destination network.'),
      gw: described(
        z.optional(IpText),
        'Next hop. Default: the first gateway of the same family; without one the route is on the link.',
      ),
      mtu: described(z.optional(Mtu), 'MTU along the path.'),
      advmss: described(z.optional(wholeNumber(1, 65535)), 'Maximal TCP segment size to advertise.'),
      priority: described(
        z.optional(wholeNumber(0, MAX_U32)),
        'Metric: of several routes the lowest is used.',
      ),
      table: described(z.optional(wholeNumber(1, MAX_U32)), 'Routing table. Default: the main table (254).'),
      scope: described(
        z.optional(wholeNumber(0, 255)),
        'How far the destination is: 0 global, 253 on the link, 254 on the host (rtnetlink(7)). Default: as `ip route` chooses.',
      ),
    },
    { error: 'a route: an object with `dst`' },
  )
  .check(
    z.refine(({ dst, gw }) => gw === undefined || gw.includes(':') === dst.includes(':'), {
      path: ['gw'],
      error: 'an address of the same family as `dst`',
    }),
  );
export type RouteConf = z.output<typeof RouteConf>;

export const IpamConf = z.object(
  {
    type: described(
      z.literal('host-local', { error: '"host-local" (or, for sriov, the name of another IPAM plugin)' }),
      'The built-in store has the name and the keys of the established plugin.',
    ),
    subnet: described(
      z.optional(PrefixText),
      'Short form of a single range, with `rangeStart`, `rangeEnd` and `gateway` beside it.',
    ),
    ...rangeBounds,
    ranges: described(
      z.optional(listOf(listOf(RangeConf, 'ranges'), 'lists of ranges').check(fewRanges)),
      'Range sets: the attachment gets one address of each set. A set may have several ranges.',
    ),
    exclude: described(
      z.optional(listOf(StretchText, 'addresses, stretches and networks')),
      'Addresses of any range that are never handed out: each an address, `first-last` or a network.',
    ),
    routes: described(z.optional(listOf(RouteConf, 'routes')), 'Routes to set in the sandbox and to report.'),
    dataDir: described(
      z.optional(AbsolutePath),
      `Where reservations are kept, one directory per network. Default: \`${DEFAULT_DATA_DIR}\`.`,
    ),
    resolvConf: described(
      z.optional(AbsolutePath),
      'File in the format of resolv.conf(5), from which the `dns` of the result is taken.',
    ),
  },
  { error: 'an object' },
);
export type IpamConf = z.output<typeof IpamConf>;

const Text = z.string({ error: 'a text' });
const Texts = listOf(Text, 'texts');

/** The `dns` of network configurations and results. */
export const Dns = z.object(
  {
    nameservers: described(z.optional(Texts), 'Addresses of name servers, the first to be asked first.'),
    domain: described(z.optional(Text), 'The local domain, for names without a dot.'),
    search: described(z.optional(Texts), 'Domains in which to look up short names, in this order.'),
    options: described(z.optional(Texts), 'Options for the resolver.'),
  },
  { error: 'an object' },
);
export type Dns = z.output<typeof Dns>;
