/** Addresses from `static` of Debian's containernetworking-plugins. */
import { describe, expect } from 'vitest';
import { netnsOf } from './machine.ts';
import { test } from './machine-test.ts';
import { network } from './networks.ts';
import { attached, expectSilence, refused } from './outcome.ts';

const STATIC = {
  type: 'static',
  addresses: [
    { address: '10.1.2.7/24', gateway: '10.1.2.1' },
    { address: '2001:db8:1::7/64', gateway: '2001:db8:1::1' },
  ],
  routes: [{ dst: '0.0.0.0/0' }, { dst: '10.77.0.0/16', gw: '10.1.2.254' }],
  dns: { nameservers: ['10.1.2.1'], domain: 'example.org', search: ['example.org'] },
};

// Debian's plugins know versions up to this one.
const netconfOf = (ipam: object) => network({ cniVersion: '1.0.0', ipam });

describe.concurrent('the plugin static', () => {
  const pod = { netconf: netconfOf(STATIC) };

  test('gives addresses, routes and dns, to the pod and in the result', async ({ machine }) => {
    const result = attached(await machine.add(pod));
    expect(result).toEqual({
      cniVersion: '1.0.0',
      interfaces: [{ name: 'net1', mac: '02:00:00:00:01:00', sandbox: netnsOf('pod1') }],
      ips: [
        { interface: 0, address: '10.1.2.7/24', gateway: '10.1.2.1' },
        { interface: 0, address: '2001:db8:1::7/64', gateway: '2001:db8:1::1' },
      ],
      routes: [
        { dst: '0.0.0.0/0', gw: '10.1.2.1' },
        { dst: '10.77.0.0/16', gw: '10.1.2.254' },
      ],
      dns: STATIC.dns,
    });
    const { pods } = await machine.snapshot();
    expect(pods['pod1']?.addresses).toEqual(
      expect.arrayContaining(['net1 10.1.2.7/24', 'net1 2001:db8:1::7/64']),
    );
    const routes = (await machine.inPod('ip -4 route show')).split('\n').map((route) => route.trim());
    expect(routes).toEqual([
      'default via 10.1.2.1 dev net1',
      '10.1.2.0/24 dev net1 proto kernel scope link src 10.1.2.7',
      '10.77.0.0/16 via 10.1.2.254 dev net1',
    ]);
  });

  test('agrees in CHECK, until an address is gone', async ({ machine }) => {
    const result = attached(await machine.add(pod));
    expectSilence(await machine.check(pod, result));
    await machine.inPod('ip addr del 10.1.2.7/24 dev net1');
    expect(refused(await machine.check(pod, result), 'drift')).toContain('10.1.2.7/24');
  });

  test('leaves nothing after DEL', async ({ machine }) => {
    const before = await machine.snapshot();
    attached(await machine.add(pod));
    expectSilence(await machine.del(pod));
    expectSilence(await machine.del(pod));
    expect(await machine.snapshot()).toEqual(before);
  });

  test.for([
    ['an address without prefix length', { addresses: [{ address: '10.1.2.7' }] }, {}, '10.1.2.7'],
    ['a version that it does not know', {}, { cniVersion: '1.1.0' }, 'incompatible CNI versions'],
  ] as const)(
    'is quoted when it refuses %s, and leaves nothing',
    async ([, more, conf, words], { machine }) => {
      const before = await machine.snapshot();
      const netconf = { ...netconfOf({ ...STATIC, ...more }), ...conf };
      const details = refused(await machine.add({ netconf }), 'ipam-plugin');
      expect(details).toContain('"static" failed (ADD)');
      expect(details).toContain(words);
      expect(await machine.snapshot()).toEqual(before);
    },
  );
});
