import { expect, test } from 'vitest';
import { PF, TUTORIAL, useNode, VF, VF_OF_SECOND_PF } from './node.ts';

const node = useNode();

test('ADD with a gateway outside the subnet gives the pod its VF, addresses and the default route', async () => {
  const before = await node.snapshot();
  const { mac } = { mac: (await node.link(await node.linkName(VF))).address };
  const result = await node.add();
  expect(result).toEqual({
    cniVersion: '0.3.1',
    interfaces: [{ name: 'net1', mac, sandbox: '/run/netns/pod1' }],
    ips: [{ version: '4', interface: 0, address: '10.20.30.1/25', gateway: '10.20.10.1' }],
    routes: [{ dst: '0.0.0.0/0', gw: '10.20.10.1' }],
    dns: {},
  });
  const link = await node.link('net1', 'pod1');
  expect(link).toMatchObject({
    address: mac,
    mtu: 1500,
    parentdev: VF,
    flags: expect.arrayContaining(['UP']),
  });
  expect(await node.sh('ip -n pod1 -4 -br address show dev net1')).toContain('10.20.30.1/25');
  expect((await node.sh('ip -n pod1 route')).split('\n').map((line) => line.trim())).toEqual([
    'default via 10.20.10.1 dev net1',
    '10.20.10.1 dev net1 scope link',
    '10.20.30.0/25 dev net1 proto kernel scope link src 10.20.30.1',
  ]);
  expect(await node.sh(`ls /sys/bus/pci/devices/${VF}/net`)).toBe('');
  await node.del();
  expect(await node.snapshot()).toEqual(before);
});

test('pods on VFs of both PFs reach each other over their VLAN, and nobody on another', async () => {
  const before = await node.snapshot();
  for (const name of ['pod2', 'pod3']) await node.addPod(name);
  const attachments = [
    { netconf: { ...TUTORIAL, vlan: 100 }, containerId: 'pod1', netns: 'pod1' },
    { netconf: { ...TUTORIAL, vlan: 100, deviceID: VF_OF_SECOND_PF }, containerId: 'pod2', netns: 'pod2' },
    { netconf: { ...TUTORIAL, vlan: 101, deviceID: '0000:02:10.2' }, containerId: 'pod3', netns: 'pod3' },
  ];
  for (const attachment of attachments) await node.add(attachment);
  const carriers = ['pod1', 'pod2', 'pod3'].map(
    (pod) =>
      `for i in $(seq 100); do ip -n ${pod} link show net1 | grep -q 'state UP' && break; sleep 0.1; done`,
  );
  await node.sh(carriers.join('\n'));
  await node.sh('ip netns exec pod1 ping -q -c 2 -W 2 10.20.30.2');
  expect(await node.sh('ip netns exec pod1 ping -q -c 1 -W 1 10.20.30.3 >/dev/null; echo $?')).toBe('1');
  for (const attachment of attachments) await node.del(attachment);
  expect(await node.snapshot()).toEqual(before);
});

test('the gateway outside the subnet answers through the on-link route', async () => {
  await node.addPod('gateway');
  const pod = { netconf: { ...TUTORIAL, vlan: 7 } };
  const gateway = {
    netconf: { type: 'sriov', cniVersion: '0.3.1', name: 'outside', deviceID: VF_OF_SECOND_PF, vlan: 7 },
    containerId: 'gateway',
    netns: 'gateway',
  };
  for (const call of [pod, gateway]) await node.add(call);
  await node.sh(`ip -n gateway address add 10.20.10.1/32 dev net1
    ip -n gateway route add 10.20.30.0/25 dev net1
    for i in $(seq 30); do ip netns exec pod1 ping -q -c 1 -W 1 10.20.10.1 && exit 0; done; exit 1`);
  for (const call of [pod, gateway]) await node.del(call);
});

test('a pod with a default route of its own gets ours before it, and keeps it after DEL', async () => {
  await node.sh('ip -n pod1 link add eth0 type dummy; ip -n pod1 link set eth0 up');
  await node.sh('ip -n pod1 address add 10.1.0.2/24 dev eth0; ip -n pod1 route add default via 10.1.0.1');
  await node.add();
  expect(await node.sh('ip -n pod1 route get 8.8.8.8')).toContain('dev net1');
  await node.del();
  expect(await node.sh('ip -n pod1 route get 8.8.8.8')).toContain('dev eth0');
});

test('dual stack: both addresses and both default routes are usable when ADD returns', async () => {
  await node.addPod('pod2');
  const ipam = {
    type: 'host-local',
    ranges: [[{ subnet: '10.1.2.0/24' }], [{ subnet: '2001:db8:1::/64', gateway: '2001:db8:2::1' }]],
    routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }],
  };
  const netconf = { ...TUTORIAL, cniVersion: '1.0.0', ipam };
  const result = await node.add({ netconf });
  expect(result.ips.map(({ address }: { address: string }) => address)).toEqual([
    '10.1.2.2/24',
    '2001:db8:1::1/64',
  ]);
  expect(await node.sh('ip -n pod1 -6 route show default')).toContain('default via 2001:db8:2::1 dev net1');
  const second = { netconf: { ...netconf, deviceID: VF_OF_SECOND_PF }, containerId: 'pod2', netns: 'pod2' };
  await node.add(second);
  await node.sh(
    `for i in $(seq 30); do ip netns exec pod1 ping -q -c 1 -W 1 2001:db8:1::2 && exit 0; done; exit 1`,
  );
  await node.sh('ip netns exec pod1 ping -q -c 1 -W 1 10.1.2.3');
  await node.del({ netconf });
  await node.del(second);
});

test('ADD refuses a PF, which would take the network from the node', async () => {
  const before = await node.snapshot();
  const { code, json } = await node.cni('ADD', { netconf: { ...TUTORIAL, deviceID: PF } });
  expect(code).toBe(1);
  expect(json).toMatchObject({ code: 106, details: expect.stringContaining('it is a PF (with 2 VFs)') });
  expect(await node.snapshot()).toEqual(before);
});
