/** Which addresses and routes a pod gets, and whether it can use them. */
import { describe, expect } from 'vitest';
import { type Machine, netnsOf } from './machine.ts';
import { machineTest } from './machine-test.ts';
import { IPV4, IPV6, network } from './networks.ts';
import { addressesOf, attached, expectSilence } from './outcome.ts';

const test = machineTest({ vfs: 4, pods: ['pod0', 'pod1', 'pod2', 'pod3'] });

const podOf = (n: number, ipam: object) => ({
  netconf: network({ vf: n, ipam }),
  containerId: `c${n}`,
  netns: netnsOf(`pod${n}`),
});

const inPod = (machine: Machine, n: number, command: string) =>
  machine.sh(`nsenter --net=${netnsOf(`pod${n}`)} ${command}`);

async function addressOf(machine: Machine, n: number, ipam: object): Promise<string> {
  return addressesOf(attached(await machine.add(podOf(n, ipam)))).join(' ');
}

describe.concurrent('an address', () => {
  test.for([
    ['is the first after the gateway', { subnet: '10.1.2.0/24' }, '10.1.2.2/24', '10.1.2.1'],
    [
      'may be the first of the subnet if the gateway is another',
      { subnet: '10.1.2.0/24', gateway: '10.1.2.254' },
      '10.1.2.1/24',
      '10.1.2.254',
    ],
    [
      'comes from the range',
      { subnet: '10.1.2.0/24', rangeStart: '10.1.2.100', rangeEnd: '10.1.2.101' },
      '10.1.2.100/24',
      '10.1.2.1',
    ],
    ['may be IPv6', { subnet: '2001:db8:1::/64' }, '2001:db8:1::2/64', '2001:db8:1::1'],
    ['of a /31 has no gateway', { subnet: '10.1.2.0/31' }, '10.1.2.0/31', undefined],
    [
      'comes from the second range if the first is its gateway',
      { ranges: [[{ subnet: '10.1.2.0/32', gateway: '10.1.2.0' }, { subnet: '10.3.0.0/24' }]] },
      '10.3.0.2/24',
      '10.3.0.1',
    ],
  ] as const)('%s (F23, I1)', async ([, ipam, address, gateway], { machine }) => {
    const { ips } = attached(await machine.add(podOf(0, ipam)));
    expect(ips).toEqual([{ interface: 0, address, ...(gateway && { gateway }) }]);
    expect((await machine.snapshot()).pods['pod0']?.addresses).toContain(`net1 ${address}`);
  });

  test('is given again as late as possible (I3)', async ({ machine }) => {
    const ipam = { subnet: '10.1.2.0/24', rangeStart: '10.1.2.10', rangeEnd: '10.1.2.12' };
    expect(await addressOf(machine, 0, ipam)).toBe('10.1.2.10');
    expect(await addressOf(machine, 1, ipam)).toBe('10.1.2.11');
    expectSilence(await machine.del(podOf(0, ipam)));
    expect(await addressOf(machine, 0, ipam)).toBe('10.1.2.12');
    expect(await addressOf(machine, 2, ipam)).toBe('10.1.2.10');
  });

  test('that upstream host-local reserved is left to its holder (I5)', async ({ machine }) => {
    await machine.sh(
      `mkdir -p /var/lib/cni/networks/net; printf 'x\\r\\neth0' >/var/lib/cni/networks/net/10.1.2.2`,
    );
    expect(await addressOf(machine, 0, IPV4)).toBe('10.1.2.3');
  });

  test('lies in the directory that the configuration names', async ({ machine }) => {
    const before = await machine.snapshot();
    const ipam = { ...IPV4, dataDir: '/var/lib/cni/elsewhere' };
    await addressOf(machine, 0, ipam);
    expect((await machine.snapshot()).state['elsewhere/net/10.1.2.2']).toBe('c0\r\nnet1');
    expectSilence(await machine.del({ ...podOf(0, ipam), netconf: network({ ipam: IPV4 }) }));
    expect(await machine.snapshot()).toEqual(before);
  });
});

describe.concurrent('both families', () => {
  const ipam = { ranges: [[IPV4], [IPV6]], routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }] };

  test('each have an address, a gateway and a default route', async ({ machine }) => {
    const before = await machine.snapshot();
    expect(attached(await machine.add(podOf(0, ipam)))).toMatchObject({
      ips: [
        { address: '10.1.2.2/24', gateway: '10.1.2.1' },
        { address: '2001:db8:1::2/64', gateway: '2001:db8:1::1' },
      ],
      routes: [
        { dst: '0.0.0.0/0', gw: '10.1.2.1' },
        { dst: '::/0', gw: '2001:db8:1::1' },
      ],
    });
    expect((await inPod(machine, 0, 'ip -4 route show default')).trim()).toBe(
      'default via 10.1.2.1 dev net1',
    );
    expect(await inPod(machine, 0, 'ip -6 route show default')).toMatch(
      /^default via 2001:db8:1::1 dev net1 /,
    );
    expectSilence(await machine.del(podOf(0, ipam)));
    expect(await machine.snapshot()).toEqual(before);
  });

  test('can be used at once, also by gateways outside the subnets (I13, PAIN-40, PAIN-42)', async ({
    machine,
  }) => {
    await machine.sh(`ip addr add 10.9.9.1/32 dev vf0p; ip addr add 2001:db8:9::1/128 dev vf0p nodad
      ip route add 10.1.2.0/24 dev vf0p; ip -6 route add 2001:db8:1::/64 dev vf0p`);
    const outside = {
      ...ipam,
      ranges: [[{ ...IPV4, gateway: '10.9.9.1' }], [{ ...IPV6, gateway: '2001:db8:9::1' }]],
    };
    attached(await machine.add(podOf(0, outside)));
    await inPod(machine, 0, 'ping -6 -c 1 -W 1 2001:db8:9::1');
    await inPod(machine, 0, 'ping -4 -c 1 -W 1 10.9.9.1');
  });

  test('can be reached at once', async ({ machine }) => {
    await machine.sh('ip addr add 10.1.2.1/24 dev vf0p; ip addr add 2001:db8:1::1/64 dev vf0p nodad');
    attached(await machine.add(podOf(0, ipam)));
    await machine.sh('ping -6 -c 1 -W 1 2001:db8:1::2; ping -4 -c 1 -W 1 10.1.2.2');
  });

  test('work in a pod where the runtime switched IPv6 off', async ({ machine }) => {
    await inPod(
      machine,
      0,
      `bash --norc -c '
      for of in all default; do echo 1 >/proc/sys/net/ipv6/conf/$of/disable_ipv6; done'`,
    );
    await machine.sh('ip addr add 2001:db8:1::1/64 dev vf0p nodad');
    attached(await machine.add(podOf(0, ipam)));
    await inPod(machine, 0, 'ping -6 -c 1 -W 1 2001:db8:1::1');
  });
});

describe.concurrent('routes', () => {
  const routes = [
    { dst: '10.77.0.0/16' },
    { dst: '10.78.0.0/16', gw: '10.1.2.200' },
    { dst: '10.79.0.0/16', gw: '10.200.0.1' },
    { dst: '10.9.9.1/32' },
  ];

  test('go by their own gateway or that of the range, which may lie outside the subnet', async ({
    machine,
  }) => {
    const { routes: answered } = attached(
      await machine.add(podOf(0, { subnet: '10.1.2.0/24', gateway: '10.9.9.1', routes })),
    );
    expect(answered).toEqual([
      { dst: '10.77.0.0/16', gw: '10.9.9.1' },
      { dst: '10.78.0.0/16', gw: '10.1.2.200' },
      { dst: '10.79.0.0/16', gw: '10.200.0.1' },
      { dst: '10.9.9.1/32' },
    ]);
    const there = (await inPod(machine, 0, 'ip -4 route show')).split('\n').map((route) => route.trim());
    expect(there).toEqual([
      '10.1.2.0/24 dev net1 proto kernel scope link src 10.1.2.1',
      '10.9.9.1 dev net1 scope link',
      '10.77.0.0/16 via 10.9.9.1 dev net1',
      '10.78.0.0/16 via 10.1.2.200 dev net1',
      '10.79.0.0/16 via 10.200.0.1 dev net1',
      '10.200.0.1 dev net1 scope link',
    ]);
  });

  test.for([
    ['4', '0.0.0.0/0', IPV4, '10.50.0.2/24', '10.50.0.1'],
    ['6', '::/0', IPV6, '2001:db8:50::2/64', '2001:db8:50::1'],
  ] as const)(
    'to everywhere by IPv%s leave the one that the pod has',
    async ([family, dst, range, address, gateway], { machine }) => {
      await machine.sh('ip link add eth0p type veth peer name eth0 netns pod0; ip link set eth0p up');
      await inPod(machine, 0, 'ip link set eth0 up');
      await inPod(machine, 0, `ip addr add ${address} dev eth0 ${family === '6' ? 'nodad' : ''}`);
      await inPod(machine, 0, `ip route add ${dst} via ${gateway} dev eth0`);
      const before = await machine.snapshot();
      const pod = podOf(0, { ...range, routes: [{ dst }] });
      const result = attached(await machine.add(pod));
      expectSilence(await machine.check(pod, result));
      const there = await inPod(machine, 0, `ip -${family} route show default`);
      expect(there).toContain(`via ${gateway} dev eth0`);
      expect(there).toContain(`via ${range.gateway} dev net1`);
      expectSilence(await machine.del(pod));
      expect(await machine.snapshot()).toEqual(before);
    },
  );
});

test('a route that stands twice in the configuration is set once', async ({ machine }) => {
  const route = { dst: '10.77.0.0/16' };
  const netconf = network({ ipam: { ...IPV4, routes: [route, route] } });
  expect(
    attached(await machine.add({ netconf, containerId: 'c0', netns: '/run/netns/pod1' })).routes,
  ).toEqual([{ dst: '10.77.0.0/16', gw: '10.1.2.1' }]);
});
