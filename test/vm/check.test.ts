import { expect, test } from 'vitest';
import { someOf } from '../figures.ts';
import { TUTORIAL, useNode, VF } from './node.ts';

const node = useNode();

const MAC = '02:aa:00:00:00:01';

test('CHECK is silent right after ADD, and names every difference later, all in one error', async () => {
  const netconf = {
    ...TUTORIAL,
    cniVersion: '1.0.0',
    vlan: 100,
    mac: MAC,
    spoofchk: 'off',
    trust: 'off',
    mtu: 1400,
  };
  const prevResult = await node.add({ netconf });
  const call = { netconf: { ...netconf, prevResult } };
  expect(await node.cni('CHECK', call)).toMatchObject({ code: 0, json: undefined });
  const pf = await node.linkName('0000:01:00.0');
  await node.sh(`ip link set ${pf} vf 0 vlan 101 spoofchk on trust on
    ip -n pod1 link set net1 mtu 1300 down
    ip -n pod1 address del 10.20.30.1/25 dev net1
    rm /var/lib/cni/networks/sriov-network/10.20.30.1`);
  const { code, json } = await node.cni('CHECK', call);
  expect({ code, fault: json.code }).toEqual({ code: 1, fault: 103 });
  expect(json.details.split('; ')).toEqual([
    'The MTU of net1 is 1300, wanted 1400',
    'The state of net1 is down, wanted up',
    `The VLAN of ${VF} is 101, wanted 100`,
    `spoofchk of ${VF} is on, wanted off`,
    `trust of ${VF} is on, wanted off`,
    'net1 has no address 10.20.30.1/25',
    'net1 has no route to 0.0.0.0/0 via 10.20.10.1',
    'The store does not hold 10.20.30.1 for this container',
  ]);
});

test('CHECK says so when the VF is gone from the pod, or is another container’s', async () => {
  const netconf = { ...TUTORIAL, cniVersion: '0.4.0' };
  const prevResult = await node.add({ netconf });
  const call = { netconf: { ...netconf, prevResult } };
  await node.sh('ip -n pod1 link set net1 netns 1');
  expect((await node.cni('CHECK', call)).json.details).toBe(
    `The VF ${VF} is not in the sandbox /run/netns/pod1`,
  );
  expect((await node.cni('CHECK', { ...call, containerId: 'other' })).json.details).toBe(
    `The VF ${VF} is recorded for container pod1`,
  );
  await node.del();
});

const VERSIONS = ['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'];

for (const cniVersion of someOf('versions', VERSIONS, { fast: 3 })) {
  test(`a whole life in version ${cniVersion}`, async () => {
    const before = await node.snapshot();
    const netconf = { ...TUTORIAL, cniVersion };
    const result = await node.add({ netconf });
    expect(result.cniVersion).toBe(cniVersion);
    expect(result.ip4?.ip ?? result.ips[0].address).toBe('10.20.30.1/25');
    const check = await node.cni('CHECK', { netconf: { ...netconf, prevResult: result } });
    expect(check.json?.code).toBe(cniVersion < '0.4.0' ? 1 : undefined);
    await node.del({ netconf });
    expect(await node.snapshot()).toEqual(before);
  });
}
