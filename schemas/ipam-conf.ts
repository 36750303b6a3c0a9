/** The `ipam` part of a network configuration for the built-in address store; keys and defaults are host-local's. */
import * as z from 'zod/mini';
import { AbsolutePath, described, IpText, NetworkText, PrefixText } from './words.ts';

/** Where upstream host-local keeps its reservations, too. */
export const DEFAULT_DATA_DIR = '/var/lib/cni/networks';

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
    z.optional(IpText),
    'Default: the first address of the subnet. One outside the subnet is reached by an on-link route.',
  ),
};

export const RangeConf = z.object(
  { subnet: described(PrefixText, 'The network; its host bits must be zero.'), ...rangeBounds },
  { error: 'a range: an object with `subnet`' },
);
export type RangeConf = z.output<typeof RangeConf>;

export const RouteConf = z.object(
  {
    dst: described(NetworkText, 'Destination network.'),
    gw: described(
      z.optional(IpText),
      'Next hop. Default: the gateway of the first address of the same family.',
    ),
  },
  { error: 'a route: an object with `dst`' },
);
export type RouteConf = z.output<typeof RouteConf>;

export const IpamConf = z.object(
  {
    type: described(
      z.literal('host-local', { error: '"host-local" (other address managers are not supported yet)' }),
      'The built-in store has the name and the keys of the established plugin.',
    ),
    subnet: described(
      z.optional(PrefixText),
      'Short form of a single range, with `rangeStart`, `rangeEnd` and `gateway` beside it.',
    ),
    ...rangeBounds,
    ranges: described(
      z.optional(
        z.array(z.array(RangeConf, { error: 'a list of ranges' }), { error: 'a list of lists of ranges' }),
      ),
      'Range sets: the attachment gets one address of each set. A set may have several ranges.',
    ),
    routes: described(
      z.optional(z.array(RouteConf, { error: 'a list of routes' })),
      'Routes to set in the sandbox and to report.',
    ),
    dataDir: described(
      z.optional(AbsolutePath),
      `Where reservations are kept, one directory per network. Default: \`${DEFAULT_DATA_DIR}\`.`,
    ),
  },
  { error: 'an object' },
);
export type IpamConf = z.output<typeof IpamConf>;
