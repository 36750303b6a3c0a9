import { expect, test } from 'vitest';
import { type Json, SECOND_VF, TUTORIAL, useNode, VF_OF_SECOND_PF } from './node.ts';

const node = useNode();

test('VERSION lists the versions, and answers in that of the caller', async () => {
  const { code, json } = await node.cni('VERSION', { netconf: { cniVersion: '0.4.0' } });
  expect({ code, json }).toEqual({
    code: 0,
    json: {
      cniVersion: '0.4.0',
      supportedVersions: ['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'],
    },
  });
});

test('addresses come from the ranges, round robin, in the layout of upstream host-local', async () => {
  const ipam = {
    type: 'host-local',
    ranges: [
      [{ subnet: '10.5.0.0/24', rangeStart: '10.5.0.10', rangeEnd: '10.5.0.12', gateway: '10.5.0.1' }],
    ],
  };
  const call = { netconf: { ...TUTORIAL, name: 'ranged', ipam } };
  const given = async () => (await node.add(call)).ips[0].address;
  const addresses: string[] = [];
  for (let life = 0; life < 4; life++) {
    addresses.push(await given());
    if (life < 3) await node.del(call);
  }
  expect(addresses).toEqual(['10.5.0.10/24', '10.5.0.11/24', '10.5.0.12/24', '10.5.0.10/24']);
  expect(await node.sh('cat -A /var/lib/cni/networks/ranged/10.5.0.10')).toBe('pod1^M$\nnet1');
  expect(await node.sh('cat /var/lib/cni/networks/ranged/last_reserved_ip.0')).toBe('10.5.0.10');
  await node.del(call);
  expect(await node.sh('ls /var/lib/cni/networks/ranged')).toBe('last_reserved_ip.0\nlock');
});

test('attachments at once, on VFs of both PFs, get an address each', async () => {
  const before = await node.snapshot();
  const calls = [TUTORIAL.deviceID, SECOND_VF, VF_OF_SECOND_PF].map((deviceID, index) => ({
    netconf: { ...TUTORIAL, deviceID },
    containerId: `c${index}`,
    netns: `c${index}`,
  }));
  for (const { netns } of calls) await node.addPod(netns);
  const results = await Promise.all(calls.map((call) => node.add(call)));
  const addresses = results.map(({ ips }: Json) => ips[0].address).sort();
  expect(addresses).toEqual(['10.20.30.1/25', '10.20.30.2/25', '10.20.30.3/25']);
  await Promise.all(calls.map((call) => node.del(call)));
  expect(await node.snapshot()).toEqual(before);
});

test('everything that is wrong comes in one error, as one document, and the log goes to its file', async () => {
  const before = await node.snapshot();
  const netconf = { ...TUTORIAL, vlan: 5000, mtu: 'big', logFile: '/run/sriov.log' };
  const { code, json } = await node.cni('ADD', { netconf });
  expect({ code, ...json }).toEqual({
    cniVersion: '0.3.1',
    code: 7,
    msg: 'Invalid network configuration',
    details:
      'vlan: expected a whole number from 0 to 4094, got 5000; mtu: expected a whole number from 68 to 65535, got "big"',
  });
  const refused = await node.cni('ADD', {
    netconf: { ...TUTORIAL, deviceID: '0000:01:1f.6', logFile: '/run/sriov.log' },
  });
  expect(refused.log).toBe('');
  expect(await node.sh('cat /run/sriov.log')).toContain('ADD failed: Cannot attach 0000:01:1f.6');
  expect(await node.snapshot()).toEqual(before);
});
