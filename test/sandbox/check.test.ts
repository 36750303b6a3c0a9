/** CHECK finds what is not as ADD left it any more. */
import { describe, expect } from 'vitest';
import { netnsOf } from './machine.ts';
import { test } from './machine-test.ts';
import { ALL_SETTINGS, IPV4, network } from './networks.ts';
import { attached, expectSilence, refused } from './outcome.ts';

const pod = { netconf: ALL_SETTINGS };
const RECORD = '/var/lib/cni/sriov-attachments/0000:01:10.0.json';

/** What a program in the pod does, and what CHECK says of it. */
const DRIFTS: readonly (readonly [title: string, script: string, details: readonly string[]])[] = [
  ['an address removed', 'ip addr del 10.1.2.1/24 dev net1', ['net1 has no address 10.1.2.1/24']],
  [
    'an IPv6 address removed',
    'ip addr del 2001:db8:1::1/64 dev net1',
    ['net1 has no address 2001:db8:1::1/64'],
  ],
  ['a route removed', 'ip route del 10.77.0.0/16', ['net1 has no route to 10.77.0.0/16 via 10.1.2.250']],
  ['the default route removed', 'ip route del default', ['net1 has no route to 0.0.0.0/0 via 10.9.9.1']],
  [
    'the default route by another gateway',
    'ip route replace default via 10.1.2.77 dev net1',
    ['net1 has no route to 0.0.0.0/0 via 10.9.9.1'],
  ],
  [
    'the IPv6 default route removed',
    'ip -6 route del default',
    ['net1 has no route to ::/0 via 2001:db8:9::1'],
  ],
  ['another MTU', 'ip link set net1 mtu 1300', ['The MTU of net1 is 1300, wanted 1400']],
  [
    'another MAC',
    'ip link set net1 address 02:00:00:00:00:99',
    ['The MAC of net1 is 02:00:00:00:00:99, wanted 02:00:00:00:01:00'],
  ],
  ['the interface down', 'ip link set net1 down', ['The state of net1 is down, wanted up']],
  [
    'another name',
    'ip link set net1 down; ip link set net1 name renamed up',
    ['The name of the interface is renamed, wanted net1'],
  ],
];

describe.concurrent('CHECK finds', () => {
  test.for(DRIFTS)('%s', async ([, script, details], { machine }) => {
    const result = attached(await machine.add(pod));
    expectSilence(await machine.check(pod, result));
    await machine.sh(`nsenter --net=${netnsOf('pod1')} bash -euc '${script}'`);
    const before = await machine.snapshot();
    const said = refused(await machine.check(pod, result), 'drift');
    for (const detail of details) expect(said).toContain(detail);
    expect(await machine.snapshot()).toEqual(before);
  });

  test('all differences, in one error (F29, PAIN-46)', async ({ machine }) => {
    const result = attached(await machine.add(pod));
    await machine.sh(`nsenter --net=${netnsOf('pod1')} bash -euc '
      ip addr del 10.1.2.1/24 dev net1
      ip link set net1 mtu 1300 address 02:00:00:00:00:99 down'
      rm /var/lib/cni/networks/net/10.1.2.1`);
    const details = refused(await machine.check(pod, result), 'drift').split('; ');
    expect(details).toEqual([
      'The MAC of net1 is 02:00:00:00:00:99, wanted 02:00:00:00:01:00',
      'The MTU of net1 is 1300, wanted 1400',
      'The state of net1 is down, wanted up',
      'net1 has no address 10.1.2.1/24',
      'net1 has no address 2001:db8:1::1/64',
      'net1 has no route to 0.0.0.0/0 via 10.9.9.1',
      'net1 has no route to ::/0 via 2001:db8:9::1',
      'net1 has no route to 10.77.0.0/16 via 10.1.2.250',
      'The store does not hold 10.1.2.1 for this container',
    ]);
  });

  test.for([
    ['the record gone', `rm ${RECORD}`, 'There is no record of 0000:01:10.0'],
    ['the record damaged', `echo '{' >${RECORD}`, 'There is no record of 0000:01:10.0'],
    [
      'the address given to somebody else',
      'printf "c9\\r\\nnet1" >/var/lib/cni/networks/net/10.1.2.1',
      'The store does not hold 10.1.2.1 for this container',
    ],
    [
      'the VF moved out of the pod (PAIN-8)',
      'exec 9</proc/self/ns/net; ' +
        `nsenter --net=${netnsOf('pod1')} ip link set net1 netns /proc/self/fd/9 name vf0`,
      'The VF 0000:01:10.0 is not in the sandbox /run/netns/pod1',
    ],
  ] as const)('%s', async ([, script, detail], { machine }) => {
    const result = attached(await machine.add(pod));
    await machine.sh(script);
    expect(refused(await machine.check(pod, result), 'drift')).toContain(detail);
  });

  test('that the VF belongs to another container', async ({ machine }) => {
    const result = attached(await machine.add(pod));
    const details = refused(await machine.check({ ...pod, containerId: 'c2' }, result), 'drift');
    expect(details).toBe('The VF 0000:01:10.0 is recorded for container c1');
  });
});

describe.concurrent('CHECK refuses', () => {
  test('a call without prevResult', async ({ machine }) => {
    attached(await machine.add(pod));
    expect(refused(await machine.check(pod, undefined), 'netconf')).toContain('prevResult');
  });

  test('a namespace that is gone', async ({ machine }) => {
    const result = attached(await machine.add(pod));
    refused(await machine.check({ ...pod, netns: netnsOf('gone') }, result), 'netns');
  });
});

test('CHECK agrees with an attachment without addresses', async ({ machine }) => {
  const layer2 = { netconf: network({ cniVersion: '0.4.0' }) };
  expectSilence(await machine.check(layer2, attached(await machine.add(layer2))));
});

test('CHECK agrees with addresses and routes in other spellings than the kernel has', async ({ machine }) => {
  const spelled = {
    netconf: network({
      ipam: {
        ranges: [[IPV4], [{ subnet: '2001:0DB8:0001:0::/64', gateway: '2001:DB8:1:0::1' }]],
        routes: [{ dst: '2001:DB8:00FF::/48' }, { dst: '10.78.0.1/32' }],
      },
    }),
  };
  expectSilence(await machine.check(spelled, attached(await machine.add(spelled))));
});
