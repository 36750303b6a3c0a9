/** What users of the established plugins ask for, and no other test shows: see docs/compatibility.md. */
import { describe, expect } from 'vitest';
import { EXECUTABLE, netnsOf } from './machine.ts';
import { test } from './machine-test.ts';
import { IPV4, IPV6, network } from './networks.ts';
import { attached, expectSilence } from './outcome.ts';

const pod = { netconf: network({ ipam: IPV4 }) };

test('--version tells the version and those of the protocol, on standard output (F38)', async ({
  machine,
}) => {
  const { code, stdout } = await machine.run([EXECUTABLE, '--version']);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^SR-IOV CNI plugin \d+\.\d+\.\d+, on Node v24\.\S+: .*\n.*supported: 0\.1\.0, .*1\.1\.0$/,
  );
});

test('the interface is never seen under a third name, nor in a third namespace (DEF-23, PAIN-3, PAIN-31, PAIN-32)', async ({
  machine,
}) => {
  const pass = { act: 'pass', step: 0 } as const;
  const changes = [
    ...(await machine.interpose(pass, () => machine.add(pod))),
    ...(await machine.interpose(pass, () => machine.del(pod))),
  ];
  expect(changes.filter((change) => /\b(netns|name)\b/.test(change))).toEqual([
    expect.stringMatching(/^link set dev vf0 netns \S+ name net1$/),
    expect.stringMatching(/^link set dev net1 netns \S+ name vf0$/),
  ]);
});

test('DEL restores a VF that is still below a bridge of the pod, which changed its MAC (PAIN-55)', async ({
  machine,
}) => {
  const before = await machine.snapshot();
  attached(await machine.add(pod));
  await machine.inPod('ip link add br0 type bridge');
  await machine.inPod('ip link set net1 master br0 address 02:00:00:00:00:99');
  expectSilence(await machine.del(pod));
  await machine.inPod('ip link del br0');
  expect(await machine.snapshot()).toEqual(before);
});

describe.concurrent('of two default routes the pod uses (multus #1400)', () => {
  test.for([
    ['that of the network, of IPv4', IPV4, {}, '8.8.8.8', 'net1'],
    ['that of the network, of IPv6', IPV6, {}, '2001:4860::8', 'net1'],
    ['its own if the other has a higher metric, of IPv4', IPV4, { priority: 2000 }, '8.8.8.8', 'eth0'],
    ['its own if the other has a higher metric, of IPv6', IPV6, { priority: 2000 }, '2001:4860::8', 'eth0'],
  ] as const)('%s', async ([, range, metric, far, wanted], { machine }) => {
    await machine.sh(`ip link add eth0p type veth peer name eth0 netns pod1; ip link set eth0p up
      exec nsenter --net=${netnsOf('pod1')} bash --norc -euc '
        ip link set eth0 up
        ip addr add 10.50.0.2/24 dev eth0; ip route add default via 10.50.0.1
        ip addr add 2001:db8:50::2/64 dev eth0 nodad; ip -6 route add default via 2001:db8:50::1'`);
    const dst = far.includes(':') ? '::/0' : '0.0.0.0/0';
    attached(await machine.add({ netconf: network({ ipam: { ...range, routes: [{ dst, ...metric }] } }) }));
    expect(await machine.inPod(`ip route get ${far}`)).toContain(`dev ${wanted} `);
  });
});
