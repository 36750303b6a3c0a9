import { expect, test } from 'vitest';
import type { RouteConf } from '../../../schemas/ipam-conf.ts';
import type { HeldAddress } from '../../../src/attachment/ports.ts';
import { gatewaysOutside, routesOf } from '../../../src/attachment/routes.ts';

const V4: HeldAddress = { address: '10.1.0.2/24', gateway: '10.1.0.1' };
const FAR: HeldAddress = { address: '10.1.0.2/24', gateway: '10.9.0.1' };
const V6: HeldAddress = { address: '2001:db8::2/64', gateway: 'fe80::1' };
const NONE: HeldAddress = { address: '10.1.0.2/24' };

const hops: readonly [string, RouteConf, readonly HeldAddress[], object][] = [
  ['its own', { dst: '0.0.0.0/0', gw: '10.1.0.9' }, [V4], { dst: '0.0.0.0/0', gw: '10.1.0.9' }],
  ['the gateway of its family', { dst: '::/0' }, [V4, V6], { dst: '::/0', gw: 'fe80::1' }],
  ['the first gateway', { dst: '0.0.0.0/0' }, [NONE, FAR, V4], { dst: '0.0.0.0/0', gw: '10.9.0.1' }],
  ['none where no address has one', { dst: '0.0.0.0/0' }, [NONE], { dst: '0.0.0.0/0' }],
  ['none where the family has no address', { dst: '::/0' }, [V4], { dst: '::/0' }],
  ['none where it leads to the gateway itself', { dst: '10.9.0.1/32' }, [FAR], { dst: '10.9.0.1/32' }],
];

test.each(hops)('the next hop of a route is %s', (_title, route, held, expected) => {
  expect(routesOf([route], held)).toEqual([expected]);
});

const outside: readonly [string, { dst: string; gw?: string }[], readonly HeldAddress[], string[]][] = [
  ['one outside the subnet', [{ dst: '0.0.0.0/0', gw: '10.9.0.1' }], [FAR], ['10.9.0.1/32']],
  ['none in the subnet', [{ dst: '0.0.0.0/0', gw: '10.1.0.1' }], [V4], []],
  ['no link-local one', [{ dst: '::/0', gw: 'fe80::1' }], [V6], []],
  ['an IPv6 one outside', [{ dst: '::/0', gw: '2001:db8:1::1' }], [V6], ['2001:db8:1::1/128']],
  [
    'none that a route has on the link',
    [{ dst: '10.9.0.1/32' }, { dst: '0.0.0.0/0', gw: '10.9.0.1' }],
    [FAR],
    [],
  ],
  [
    'one of two routes by the same only once',
    [
      { dst: '10.7.0.0/16', gw: '10.9.0.1' },
      { dst: '10.8.0.0/16', gw: '10.9.0.1' },
    ],
    [FAR],
    ['10.9.0.1/32'],
  ],
];

test.each(outside)('next hops that need a route of their own: %s', (_title, routes, held, expected) => {
  expect(gatewaysOutside(routes, held)).toEqual(expected);
});
