import { describe, expect, test } from 'vitest';
import type { Result } from '../../../schemas/result.ts';
import {
  expressed,
  isAtLeast,
  parseVersion,
  SUPPORTED_VERSIONS,
  understood,
  type Version,
} from '../../../src/cni/versions.ts';

const dual: Result = {
  interfaces: [
    {
      name: 'net1' as never,
      mac: '02:00:00:00:00:01',
      mtu: 1500,
      sandbox: '/run/netns/a',
      pciID: '0000:01:10.0',
    },
  ],
  ips: [
    { interface: 0, address: '10.0.0.2/24', gateway: '10.0.0.1' },
    { interface: 0, address: '2001:db8::2/64' },
  ],
  routes: [{ dst: '0.0.0.0/0', gw: '10.0.0.1' }, { dst: '::/0' }],
};
const withoutNews = [{ name: 'net1', mac: '02:00:00:00:00:01', sandbox: '/run/netns/a' }];

const byFamily = {
  ip4: { ip: '10.0.0.2/24', gateway: '10.0.0.1', routes: [{ dst: '0.0.0.0/0', gw: '10.0.0.1' }] },
  ip6: { ip: '2001:db8::2/64', routes: [{ dst: '::/0' }] },
  dns: {},
};
const withFamilies = {
  interfaces: withoutNews,
  ips: [
    { version: '4', interface: 0, address: '10.0.0.2/24', gateway: '10.0.0.1' },
    { version: '6', interface: 0, address: '2001:db8::2/64' },
  ],
  routes: dual.routes,
  dns: {},
};
const SHAPES: Record<Version, object> = {
  '0.1.0': byFamily,
  '0.2.0': byFamily,
  '0.3.0': withFamilies,
  '0.3.1': withFamilies,
  '0.4.0': withFamilies,
  '1.0.0': { interfaces: withoutNews, ips: dual.ips, routes: dual.routes },
  '1.1.0': dual,
};

test.each(SUPPORTED_VERSIONS)('the result in version %s', (version) => {
  expect(expressed(dual, version)).toEqual({ cniVersion: version, ...SHAPES[version] });
});

const [v4, v6] = dual.ips;
const withIps = (ips: Result['ips']): Result => ({ ...dual, ips, routes: [] });

describe('0.1.0 and 0.2.0', () => {
  test.each<[string, Result['ips'], object]>([
    ['IPv4 alone', [v4 as never], { ip4: { ip: '10.0.0.2/24', gateway: '10.0.0.1' } }],
    ['IPv6 alone', [v6 as never], { ip6: { ip: '2001:db8::2/64' } }],
  ])('can express %s', (_title, ips, shape) => {
    expect(expressed(withIps(ips), '0.2.0')).toEqual({ cniVersion: '0.2.0', ...shape, dns: {} });
  });

  test.each<[string, Result['ips'], number]>([
    ['no address', [], 0],
    ['two of a family', [v4 as never, v4 as never], 2],
    ['three', [v4 as never, v6 as never, v6 as never], 3],
  ])('cannot express %s', (_title, ips, count) => {
    for (const version of ['0.1.0', '0.2.0'] as const) {
      expect(() => expressed(withIps(ips), version)).toThrow(
        expect.objectContaining({
          fault: 'incompatible-version',
          message: expect.stringMatching(`^cniVersion ${version} .* this network has ${count}`),
        }),
      );
    }
  });
});

test.each(SUPPORTED_VERSIONS.slice(2))('%s can express an interface without addresses', (version) => {
  expect(expressed(withIps([]), version)).toMatchObject({ cniVersion: version, ips: [], routes: [] });
});

test('a configuration without version is of 0.1.0', () => {
  expect([undefined, ''].map(parseVersion)).toEqual(['0.1.0', '0.1.0']);
});

test.each(['0.5.0', '1.2.0', '1', 'x', ' 1.0.0'])('version %j is refused', (text) => {
  expect(() => parseVersion(text)).toThrow(
    expect.objectContaining({
      fault: 'incompatible-version',
      message: `The configuration is of version "${text}", supported are 0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0`,
    }),
  );
});

test('versions are ordered', () => {
  expect(isAtLeast('1.1.0', '0.4.0')).toBe(true);
  expect(isAtLeast('0.4.0', '0.4.0')).toBe(true);
  expect(isAtLeast('0.3.1', '0.4.0')).toBe(false);
});

const withDns: Result = { ...dual, dns: { nameservers: ['10.0.0.53'], search: ['example.org'] } };
const withNews: Result = {
  ...dual,
  routes: [{ dst: '10.0.0.0/8', gw: '10.0.0.1', mtu: 1400, advmss: 1360, priority: 7, table: 100, scope: 0 }],
};

test.each(SUPPORTED_VERSIONS)('the name servers are told in %s', (version) => {
  expect(expressed(withDns, version)).toMatchObject({ dns: withDns.dns });
});

test.each(SUPPORTED_VERSIONS)('what routes have since 1.1.0 is told in no version before: %s', (version) => {
  const text = JSON.stringify(expressed(withNews, version));
  expect(text).toContain('"dst":"10.0.0.0/8","gw":"10.0.0.1"');
  expect(/mtu|advmss|priority|table|scope/.test(text)).toBe(version === '1.1.0');
});

test.each(SUPPORTED_VERSIONS)(
  'a result without interfaces has no key for them, as of an IPAM plugin: %s',
  (version) => {
    const { ips, routes } = dual;
    const answer = { interfaces: [], ips: ips.map(({ interface: _, ...ip }) => ip), routes };
    expect(expressed(answer, version)).not.toHaveProperty('interfaces');
  },
);

describe('what another plugin answered is understood', () => {
  const { interfaces: _, ...rest } = dual;
  const ofIpam: Result = {
    ...rest,
    interfaces: [],
    ips: dual.ips.map(({ interface: __, ...ip }) => ip),
    dns: withDns.dns,
  };

  test.each(SUPPORTED_VERSIONS)('in version %s', (version) => {
    expect(understood(expressed(ofIpam, version))).toEqual(ofIpam);
  });

  test.each([
    [{ ip4: { ip: '10.0.0.2/24' } }, { ips: [{ address: '10.0.0.2/24' }], routes: [] }],
    [{ cniVersion: '1.0.0' }, { ips: [], routes: [] }],
    [
      { ips: null, routes: null, ip4: null },
      { ips: [], routes: [] },
    ],
  ])('with little in it: %j', (answer, expected) => {
    expect(understood(answer)).toMatchObject({ interfaces: [], ...expected });
  });

  test.each([{ ips: [{ address: 'x' }] }, { ip4: { ip: 'x' } }, [], 'x', null])(
    'or refused: %j',
    (answer) => {
      expect(() => understood(answer)).toThrow(expect.objectContaining({ fault: 'netconf' }));
    },
  );
});
