/** Between other plugins: those of Debian's containernetworking-plugins. */
import { describe, expect } from 'vitest';
import { chainOn } from './chain.ts';
import { netnsOf, REFERENCE_PLUGINS } from './machine.ts';
import { test } from './machine-test.ts';
import { IPV4, IPV6, network } from './networks.ts';
import { attached, expectSilence, refused } from './outcome.ts';

const sriov = network({
  ipam: { ranges: [[IPV4], [IPV6]], routes: [{ dst: '0.0.0.0/0' }, { dst: '10.77.0.0/16' }] },
});
const tuning = {
  type: 'tuning',
  mtu: 1400,
  promisc: true,
  sysctl: { 'net.ipv4.conf.net1.rp_filter': '2' },
};
const listOf = (cniVersion: string) => ({
  cniVersion,
  name: 'net',
  plugins: [sriov, tuning, { type: 'sbr' }],
});

describe.concurrent.for(['0.3.1', '0.4.0', '1.0.0'])('before tuning and sbr, in version %s', (cniVersion) => {
  test('addresses, routes and what the others set are in the pod, and CHECK agrees (F14, PAIN-28)', async ({
    machine,
  }) => {
    const chain = chainOn(machine, listOf(cniVersion));
    const result = attached(await chain.add());
    expect(result).toMatchObject({
      cniVersion,
      interfaces: [{ name: 'net1', mac: '02:00:00:00:01:00' }],
      ips: [{ address: '10.1.2.2/24' }, { address: '2001:db8:1::2/64' }],
    });
    const [link] = JSON.parse(await machine.inPod('ip -j link show net1'));
    expect(link).toMatchObject({ mtu: 1400, flags: expect.arrayContaining(['PROMISC', 'UP']) });
    expect(await machine.inPod('cat /proc/sys/net/ipv4/conf/net1/rp_filter')).toBe('2');
    expect(await machine.inPod('ip rule')).toContain('from 10.1.2.2 lookup 100');
    expect(await machine.inPod('ip route show table 100')).toContain('10.77.0.0/16 via 10.1.2.1 dev net1');
    if (cniVersion !== '0.3.1') expectSilence(await chain.check(result));
  });

  test('DEL in reverse leaves the host as it was', async ({ machine }) => {
    const before = await machine.snapshot();
    const chain = chainOn(machine, listOf(cniVersion));
    const result = attached(await chain.add());
    expectSilence(await chain.del(cniVersion === '0.3.1' ? undefined : result));
    expect(await machine.snapshot()).toEqual(before);
    expect(await machine.inPod('ip rule')).not.toContain('10.1.2.2');
  });
});

const eth0 = (more: object = {}) => ({
  plugin: `${REFERENCE_PLUGINS}/ptp`,
  ifName: 'eth0',
  netconf: {
    cniVersion: '1.0.0',
    name: 'default',
    type: 'ptp',
    ipam: { type: 'host-local', subnet: '10.50.0.0/24', routes: [{ dst: '0.0.0.0/0' }] },
    dns: { nameservers: ['10.50.0.1'] },
    ...more,
  },
});

describe.concurrent('after a plugin that has given the pod an interface', () => {
  const netconf = { ...network({ ipam: IPV4 }), cniVersion: '1.0.0' };

  test('its interfaces, addresses, routes and dns come first in the result (F35, DEF-20)', async ({
    machine,
  }) => {
    const prevResult = attached(await machine.add(eth0()));
    const { interfaces = [], ips = [], ...rest } = prevResult;
    const result = attached(await machine.add({ netconf: { ...netconf, prevResult } }));
    expect(result).toEqual({
      ...rest,
      interfaces: [...interfaces, { name: 'net1', mac: '02:00:00:00:01:00', sandbox: netnsOf('pod1') }],
      ips: [...ips, { interface: interfaces.length, address: '10.1.2.2/24', gateway: '10.1.2.1' }],
    });
    expect(result).toMatchObject({ routes: [{ dst: '0.0.0.0/0' }], dns: { nameservers: ['10.50.0.1'] } });
    expectSilence(await machine.check({ netconf }, result));
  });

  test('dns of our own takes the place of the earlier one', async ({ machine }) => {
    const prevResult = attached(await machine.add(eth0()));
    const dns = { nameservers: ['10.1.2.1'], search: ['example.org'] };
    expect(attached(await machine.add({ netconf: { ...netconf, dns, prevResult } })).dns).toEqual(dns);
  });

  test('DEL of both leaves the host as it was', async ({ machine }) => {
    const before = await machine.snapshot();
    const prevResult = attached(await machine.add(eth0()));
    const result = attached(await machine.add({ netconf: { ...netconf, prevResult } }));
    expectSilence(await machine.del({ netconf: { ...netconf, prevResult: result } }));
    expectSilence(await machine.del(eth0({ prevResult: result })));
    expect(await machine.snapshot()).toEqual(before);
  });

  test('an interface of the same name is refused before any change', async ({ machine }) => {
    const first = { ...eth0(), ifName: 'net1' };
    const prevResult = attached(await machine.add(first));
    const before = await machine.snapshot();
    refused(await machine.add({ netconf: { ...netconf, prevResult } }), 'name-taken');
    expect(await machine.snapshot()).toEqual(before);
  });
});
