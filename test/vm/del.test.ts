import { expect, test } from 'vitest';
import { someOf } from '../figures.ts';
import { EVERY_SETTING, TUTORIAL, useNode, VF } from './node.ts';

const node = useNode();

const SET = { netconf: { ...TUTORIAL, ...EVERY_SETTING } };

test('DEL again, without ADD, and without CNI_NETNS succeed', async () => {
  const before = await node.snapshot();
  await node.del(SET);
  await node.add(SET);
  await node.del({ ...SET, netns: '' });
  expect(await node.snapshot()).toEqual(before);
  for (const netns of ['pod1', '', '/run/netns/never-was']) await node.del({ ...SET, netns });
  expect(await node.snapshot()).toEqual(before);
});

const RECORD = `/var/lib/cni/sriov-attachments/${VF}.json`;
const LOSSES = {
  missing: `rm ${RECORD}`,
  empty: `: >${RECORD}`,
  'cut in half': `truncate -s 300 ${RECORD}`,
};

for (const [loss, script] of someOf('records', Object.entries(LOSSES), { fast: 1 })) {
  test(`with its record ${loss}, DEL still brings the VF back and releases the address`, async () => {
    const before = await node.snapshot();
    await node.add(SET);
    await node.sh(script);
    await node.del(SET);
    await node.sh('rm -f /var/lib/cni/sriov-attachments/*.damaged');
    expect(await node.snapshot()).toEqual(before);
  });
}

test('an old DEL does not touch the VF that a new pod has', async () => {
  await node.addPod('pod2');
  await node.add(SET);
  await node.sh('ip netns del pod1');
  const second = { ...SET, containerId: 'pod2', netns: 'pod2' };
  await node.add(second);
  const attached = await node.snapshot();
  await node.del({ ...SET, netns: '' });
  expect(await node.snapshot()).toEqual(attached);
  await node.del(second);
});

test('ADD for a VF whose last pod died without DEL restores it first, and frees the address', async () => {
  const before = await node.snapshot();
  await node.add(SET);
  await node.sh('ip netns del pod1');
  await node.addPod('pod2');
  const second = { containerId: 'pod2', netns: 'pod2' };
  const result = await node.add(second);
  expect(result.ips[0].address).toBe('10.20.30.2/25');
  expect(await node.sh('ls /var/lib/cni/networks/sriov-network | grep ^10')).toBe('10.20.30.2');
  expect(await node.shown(0)).toMatchObject({ vlan_list: [{}], spoofchk: true, trust: false });
  await node.del(second);
  expect(await node.snapshot()).toEqual(before);
});

test('DEL works with a configuration that was broken since ADD', async () => {
  const before = await node.snapshot();
  await node.add(SET);
  await node.del({
    netconf: { name: 'sriov-network', cniVersion: '9.9.9', deviceID: 'x', vlan: 'y', ipam: 7 },
  });
  expect(await node.snapshot()).toEqual(before);
});
