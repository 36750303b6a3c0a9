import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { decode } from '../../../schemas/decode.ts';
import { Dns, IpamConf, IpRanges, parseStretch } from '../../../schemas/ipam-conf.ts';

const MAX_U32 = 4_294_967_295;
const Runtime = z.object({ ipRanges: z.optional(IpRanges) });

const ipam = (keys: object) => decode(IpamConf, { type: 'host-local', ...keys }, 'netconf');
const ipRanges = (value: unknown) => decode(Runtime, { ipRanges: value }, 'netconf').ipRanges;

function problemsOf(action: () => unknown): string[] {
  try {
    action();
    return [];
  } catch (cause) {
    return (cause as Error).message.split('; ');
  }
}

describe('a gateway', () => {
  test.each(['10.0.0.1', '2001:db8::1', 'none'])('may be %s', (gateway) => {
    expect(ipam({ subnet: '10.0.0.0/24', gateway }).gateway).toBe(gateway);
    expect(ipam({ ranges: [[{ subnet: '10.0.0.0/24', gateway }]] }).ranges).toEqual([
      [{ subnet: '10.0.0.0/24', gateway }],
    ]);
  });

  test('that is the empty text is the default', () => {
    expect(ipam({ subnet: '10.0.0.0/24', gateway: '' })).not.toHaveProperty('gateway');
  });

  test.each(['None', '10.0.0.1/24', 'x'])('may not be %s', (gateway) => {
    expect(problemsOf(() => ipam({ gateway }))).toEqual([
      `gateway: expected an IP address or "none", got "${gateway}"`,
    ]);
  });
});

describe('exclude', () => {
  test.each([
    ['10.0.0.7', 4, 0x0a000007n, 0x0a000007n],
    ['10.0.0.7-10.0.0.9', 4, 0x0a000007n, 0x0a000009n],
    ['10.0.0.7-10.0.0.7', 4, 0x0a000007n, 0x0a000007n],
    ['10.0.0.0/24', 4, 0x0a000000n, 0x0a0000ffn],
    ['10.0.0.7/32', 4, 0x0a000007n, 0x0a000007n],
    ['::1-::ff', 6, 1n, 255n],
    ['::/64', 6, 0n, 2n ** 64n - 1n],
    ['::/0', 6, 0n, 2n ** 128n - 1n],
  ] as const)('%s is understood', (text, family, first, last) => {
    expect(ipam({ exclude: [text] }).exclude).toEqual([text]);
    expect(parseStretch(text)).toEqual({ family, first, last });
  });

  test.each([
    ['host bits', '10.0.0.5/24'],
    ['an end before its start', '10.0.0.9-10.0.0.7'],
    ['mixed families', '10.0.0.1-::1'],
    ['a stretch of networks', '10.0.0.0/24-10.0.1.0/24'],
    ['a network and an address', '10.0.0.0/24-10.0.1.9'],
    ['three addresses', '10.0.0.1-10.0.0.2-10.0.0.3'],
    ['half a stretch', '10.0.0.1-'],
    ['the empty text', ''],
    ['a word', 'gateway'],
  ])('%s is refused', (_, text) => {
    expect(problemsOf(() => ipam({ exclude: ['10.0.0.1', text] }))).toEqual([
      `exclude[1]: expected an IP address, first-last, or an IP network whose host bits are zero, got "${text}"`,
    ]);
  });

  test('must be a list', () => {
    expect(problemsOf(() => ipam({ exclude: '10.0.0.1' }))).toEqual([
      'exclude: expected a list of addresses, stretches and networks, got "10.0.0.1"',
    ]);
  });
});

describe('a route', () => {
  const dst = '10.9.0.0/16';

  test.each([
    { mtu: 68, advmss: 1, priority: 0, table: 1, scope: 0 },
    { mtu: 65535, advmss: 65535, priority: MAX_U32, table: MAX_U32, scope: 255 },
  ])('takes the extras of CNI 1.1.0 from the least to the greatest: %o', (extras) => {
    expect(ipam({ routes: [{ dst, ...extras }] }).routes).toEqual([{ dst, ...extras }]);
  });

  test.each([
    { mtu: 67, advmss: 0, priority: -1, table: 0, scope: -1 },
    { mtu: 65536, advmss: 65536, priority: MAX_U32 + 1, table: MAX_U32 + 1, scope: 256 },
    { mtu: 1500.5, advmss: 1.5, priority: 1.5, table: 1.5, scope: 1.5 },
    { mtu: '1500', advmss: '1', priority: '1', table: 'main', scope: 'link' },
  ])('refuses others, each by its key: %o', (extras) => {
    const keys = problemsOf(() => ipam({ routes: [{ dst, ...extras }] })).map((text) => text.split(':')[0]);
    expect(keys).toEqual(Object.keys(extras).map((key) => `routes[0].${key}`));
  });

  test('has a next hop of its own family', () => {
    expect(problemsOf(() => ipam({ routes: [{ dst, gw: '2001:db8::1' }] }))).toEqual([
      expect.stringMatching(/^routes\[0\]\.gw: expected an address of the same family as `dst`/),
    ]);
  });
});

test('resolvConf is an absolute path', () => {
  expect(ipam({ resolvConf: '/etc/resolv.conf' }).resolvConf).toBe('/etc/resolv.conf');
  expect(problemsOf(() => ipam({ resolvConf: 'resolv.conf' }))).toEqual([
    'resolvConf: expected an absolute path without "..", got "resolv.conf"',
  ]);
});

describe('ipRanges', () => {
  const one = { subnet: '10.1.2.0/24' };
  const two = { subnet: '2001:db8::/64' };
  const asGoCniSendsIt = { Subnet: '10.1.2.0/24', RangeStart: '', RangeEnd: '', Gateway: '' };

  test.each([
    ['sets', [[one, one], [two]], [[one, one], [two]]],
    ['a flat list, one set each', [one, two], [[one], [two]]],
    ['what go-cni sends', [asGoCniSendsIt], [[one]]],
    ['the same in a set', [[asGoCniSendsIt]], [[one]]],
    ['null as absent', null, undefined],
    ['no set at all', [], []],
  ])('may be %s', (_, value, expected) => {
    expect(ipRanges(value)).toEqual(expected);
  });

  test.each([
    [[[{ Subnet: '' }]], ['ipRanges[0][0].subnet: expected an IP network such as 10.1.0.0/16, got ""']],
    [[{}], ['ipRanges[0].subnet: expected an IP network such as 10.1.0.0/16, got nothing']],
    [[[one, 5]], ['ipRanges[0][1]: expected a range: an object with `subnet`, got 5']],
    ['x', ['ipRanges: expected a list of lists of ranges, got "x"']],
    [['x'], ['ipRanges[0]: expected a range (an object with `subnet`) or a list of ranges, got "x"']],
    [
      [{ ...one, GATEWAY: 'x' }, [{ ...one, rangeStart: 1 }, { subnet: 'y' }]],
      [
        'ipRanges[0].gateway: expected an IP address or "none", got "x"',
        'ipRanges[1][0].rangeStart: expected an IP address, got 1',
        'ipRanges[1][1].subnet: expected an IP network such as 10.1.0.0/16, got "y"',
      ],
    ],
  ])('%j is refused with the path of each problem', (value, problems) => {
    expect(problemsOf(() => ipRanges(value))).toEqual(problems);
  });
});

test('dns may have any of its keys, in any capitals', () => {
  const dns = { nameservers: ['10.0.0.1', '::1'], domain: 'a.example', search: ['a'], options: ['ndots:5'] };
  const { domain, ...lists } = dns;
  expect(decode(Dns, {}, 'netconf')).toEqual({});
  expect(decode(Dns, { ...lists, DOMAIN: domain }, 'netconf')).toEqual(dns);
});
