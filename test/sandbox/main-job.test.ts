import { describe, expect } from 'vitest';
import { netnsOf } from './machine.ts';
import { test } from './machine-test.ts';
import { TUTORIAL } from './networks.ts';
import { attached, expectSilence } from './outcome.ts';

const pod = { netconf: TUTORIAL };

describe("the tutorial's network, whose gateway lies outside the subnet", () => {
  test('ADD answers with interface, address and default route (F1)', async ({ machine }) => {
    expect(attached(await machine.add(pod))).toEqual({
      cniVersion: '0.3.1',
      interfaces: [{ name: 'net1', mac: '02:00:00:00:01:00', sandbox: netnsOf('pod1') }],
      ips: [{ version: '4', interface: 0, address: '10.20.30.1/25', gateway: '10.20.10.1' }],
      routes: [{ dst: '0.0.0.0/0', gw: '10.20.10.1' }],
      dns: {},
    });
  });

  test('the pod has the interface with its MAC and MTU, up, with address and routes', async ({ machine }) => {
    attached(await machine.add(pod));
    const { links, pods } = await machine.snapshot();
    expect(links.map(({ ifname }) => ifname)).not.toContain('vf0');
    expect(pods['pod1']?.links.at(-1)).toMatchObject({
      ifname: 'net1',
      address: '02:00:00:00:01:00',
      mtu: 1500,
      flags: ['BROADCAST', 'MULTICAST', 'UP'],
    });
    expect(pods['pod1']?.addresses).toContain('net1 10.20.30.1/25');
    const routes = await machine.sh('nsenter --net=/run/netns/pod1 ip route show');
    expect(routes.split('\n').map((route) => route.trim())).toEqual([
      'default via 10.20.10.1 dev net1',
      '10.20.10.1 dev net1 scope link',
      '10.20.30.0/25 dev net1 proto kernel scope link src 10.20.30.1',
    ]);
  });

  test('the pod reaches the gateway at once', async ({ machine }) => {
    await machine.sh('ip addr add 10.20.10.1/32 dev vf0p; ip route add 10.20.30.0/25 dev vf0p');
    attached(await machine.add(pod));
    await machine.sh('nsenter --net=/run/netns/pod1 ping -c 1 -W 1 10.20.10.1');
  });

  test('DEL leaves the host as it was before ADD', async ({ machine }) => {
    const before = await machine.snapshot();
    attached(await machine.add(pod));
    expectSilence(await machine.del(pod));
    expect(await machine.snapshot()).toEqual(before);
  });

  test.for([
    ['a second DEL', ['ADD', 'DEL'], pod],
    ['a DEL without ADD', [], pod],
    ['a DEL with an empty CNI_NETNS', ['ADD'], { ...pod, netns: '' }],
    ['a DEL without CNI_NETNS', ['ADD'], { ...pod, env: { CNI_NETNS: undefined } }],
    ['a DEL with the path of another pod', ['ADD'], { ...pod, netns: netnsOf('pod2') }],
    ['a DEL with a path that leads nowhere', ['ADD'], { ...pod, netns: '/run/netns/gone' }],
    ['a DEL without ADD nor namespace', [], { ...pod, netns: '' }],
    ['a DEL whose configuration has lost all but the name', ['ADD'], { netconf: { name: TUTORIAL.name } }],
    [
      'a DEL whose configuration is broken',
      ['ADD'],
      {
        netconf: { ...TUTORIAL, cniVersion: 'x', deviceID: 7, ipam: { type: 'dhcp', subnet: 1 }, vlan: 'x' },
      },
    ],
  ] as const)(
    '%s succeeds and leaves the host as before (F4, P6, DEF-7, PAIN-9)',
    async ([, earlier, call], { machine }) => {
      const before = await machine.snapshot();
      for (const command of earlier) expect((await machine.cni(command, pod)).code).toBe(0);
      expectSilence(await machine.del(call));
      expect(await machine.snapshot()).toEqual(before);
    },
  );
});
