/** What a result can say in each version, while the pod gets everything in all of them. */
import { describe, expect } from 'vitest';
import { netnsOf } from './machine.ts';
import { test } from './machine-test.ts';
import { IPV4, IPV6, network } from './networks.ts';
import { attached, expectSilence } from './outcome.ts';

const VERSIONS = ['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'] as const;
type Version = (typeof VERSIONS)[number];
const since = (least: Version, version: Version) => VERSIONS.indexOf(version) >= VERSIONS.indexOf(least);

const DNS = {
  nameservers: ['10.1.2.1', '2001:db8:1::1'],
  domain: 'example.org',
  search: ['a.example.org', 'b.example.org'],
  options: ['ndots:3'],
};
const DIRECT = { dst: '10.78.0.0/16' };
const DIRECT_MORE = { mtu: 1300, advmss: 1200, priority: 77, table: 100, scope: 253 };
const HOP = { dst: '2001:db8:7::/48', gw: '2001:db8:1::9' };
const HOP_MORE = { mtu: 1400, priority: 5 };

const V4 = { address: '10.1.2.1/24' };
const V6 = { address: '2001:db8:1::2/64', gateway: '2001:db8:1::1' };
const NET1 = { name: 'net1', mac: '02:00:00:00:01:00', sandbox: netnsOf('pod1') };

const configured = (cniVersion: Version) =>
  network({
    cniVersion,
    dns: DNS,
    ipam: {
      ranges: [[{ ...IPV4, gateway: 'none' }], [IPV6]],
      routes: [
        { ...DIRECT, ...DIRECT_MORE },
        { ...HOP, ...HOP_MORE },
      ],
    },
  });

const familyOf = (address: string) => ({ version: address.includes(':') ? '6' : '4' });

function ipsIn(version: Version, ips: readonly { readonly address: string; readonly interface: number }[]) {
  return since('1.0.0', version) ? ips : ips.map((ip) => ({ ...familyOf(ip.address), ...ip }));
}

const ownInterface = (version: Version) =>
  since('1.1.0', version) ? { ...NET1, mtu: 1500, pciID: '0000:01:10.0' } : NET1;

const ownRoutes = (version: Version) =>
  since('1.1.0', version)
    ? [
        { ...DIRECT, ...DIRECT_MORE },
        { ...HOP, ...HOP_MORE },
      ]
    : [DIRECT, HOP];

function resultIn(version: Version): object {
  if (!since('0.3.0', version)) {
    return {
      ip4: { ip: V4.address, routes: [DIRECT] },
      ip6: { ip: V6.address, gateway: V6.gateway, routes: [HOP] },
      dns: DNS,
    };
  }
  return {
    interfaces: [ownInterface(version)],
    ips: ipsIn(version, [
      { interface: 0, ...V4 },
      { interface: 0, ...V6 },
    ]),
    routes: ownRoutes(version),
    dns: DNS,
  };
}

describe.concurrent.for(VERSIONS)('in version %s', (version) => {
  const netconf = configured(version);

  test('dns, routes and both families are in the result, as far as it has words for them', async ({
    machine,
  }) => {
    const result = attached(await machine.add({ netconf }));
    expect(result).toEqual({ cniVersion: version, ...resultIn(version) });
    if (since('0.4.0', version)) expectSilence(await machine.check({ netconf }, result));
  });

  test('the pod has the routes with all that they are to have', async ({ machine }) => {
    attached(await machine.add({ netconf }));
    expect(await machine.inPod('ip -4 route show table 100')).toMatch(
      /^10.78.0.0\/16 dev net1 scope link metric 77 mtu 1300 advmss 1200 *$/,
    );
    expect(await machine.inPod('ip -6 route show 2001:db8:7::/48')).toMatch(
      /^2001:db8:7::\/48 via 2001:db8:1::9 dev net1 metric 5 mtu 1400 pref medium *$/,
    );
  });
});

const EARLIER = {
  interfaces: [
    { name: 'veth0', mac: '02:00:00:00:02:01' },
    { name: 'eth0', mac: '02:00:00:00:02:02', sandbox: netnsOf('pod1') },
  ],
  ips: [{ interface: 1, address: '10.50.0.2/24', gateway: '10.50.0.1' }],
  routes: [{ dst: '0.0.0.0/0', gw: '10.50.0.1' }],
  dns: { nameservers: ['10.50.0.1'] },
};

describe.concurrent.for(VERSIONS.filter((version) => since('0.3.0', version)))('in version %s', (version) => {
  test('what the plugins before us answered comes first', async ({ machine }) => {
    const prevResult = { cniVersion: version, ...EARLIER, ips: ipsIn(version, EARLIER.ips) };
    const netconf = { ...configured(version), dns: undefined, prevResult };
    const result = attached(await machine.add({ netconf }));
    expect(result).toEqual({
      cniVersion: version,
      interfaces: [...EARLIER.interfaces, ownInterface(version)],
      ips: ipsIn(version, [...EARLIER.ips, { interface: 2, ...V4 }, { interface: 2, ...V6 }]),
      routes: [...EARLIER.routes, ...ownRoutes(version)],
      dns: EARLIER.dns,
    });
    if (since('0.4.0', version)) expectSilence(await machine.check({ netconf }, result));
  });
});

test('a route of scope link takes no gateway', async ({ machine }) => {
  const netconf = network({ ipam: { ...IPV4, routes: [{ dst: '10.78.0.0/16', scope: 253 }] } });
  expect(attached(await machine.add({ netconf })).routes).toEqual([{ dst: '10.78.0.0/16', scope: 253 }]);
});
