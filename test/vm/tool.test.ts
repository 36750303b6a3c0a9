/** The tool on real VFs: what it shows, and that what it foretells is what happens. */
import { expect, test } from 'vitest';
import { changesIn, isOfMachine } from '../foretold.ts';
import { EVERY_SETTING, type Json, TUTORIAL, useNode, VF } from './node.ts';

const node = useNode();

const NETCONF = { ...TUTORIAL, ...EVERY_SETTING };

async function tool(words: string): Promise<Json> {
  await node.sh(`cat >/run/net.json <<'END'\n${JSON.stringify(NETCONF)}\nEND`);
  return JSON.parse(await node.sh(`/opt/cni/bin/sriov ${words} -o json`));
}

test('explain tells all that ADD and DEL then do to a VF of igb, and changes nothing', async () => {
  const before = await node.snapshot();
  const { changes, restore, result } = await tool('explain -f /run/net.json --netns pod1');
  expect(await node.snapshot()).toEqual(before);
  const added = await node.cni('ADD', { netconf: NETCONF });
  expect(added.json.ips[0].address).toBe(result.ips[0].address);
  expect(changesIn(added.log)).toEqual(changes.filter(isOfMachine));
  const { log } = await node.cni('DEL', { netconf: NETCONF });
  expect(changesIn(log)).toEqual(restore.filter(isOfMachine));
});

test('discover shows both NICs, what their VFs are set to, and who has one', async () => {
  const args = 'IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=cart';
  await node.add({ netconf: NETCONF, args });
  const { nics, vfs } = await tool('discover');
  expect(nics).toMatchObject([
    { address: '0000:01:00.0', driver: 'igb', isUp: true, mtu: 1500, vfs: { possible: 7, made: 2 } },
    { address: '0000:02:00.0', driver: 'igb', isUp: true, mtu: 1500, vfs: { possible: 7, made: 2 } },
  ]);
  expect(vfs[0]).toMatchObject({
    address: VF,
    driver: 'igbvf',
    settings: { mac: EVERY_SETTING.mac, vlan: { id: 100, qos: 3 }, spoofchk: 'off', trust: 'on' },
    holder: { pod: 'shop/cart', interface: 'net1', network: 'sriov-network' },
  });
  await node.del({ netconf: NETCONF });
});

test('doctor finds an attachment that died, its cure ends it, and the checks are silent again', async () => {
  const before = await node.snapshot();
  await node.add({ netconf: NETCONF });
  await node.sh('/opt/cni/bin/sriov attachments check && /opt/cni/bin/sriov ipam check --only-ours');
  await node.sh('ip netns del pod1; udevadm settle 2>/dev/null; sleep 1');
  const { findings } = await doctor();
  const stale = findings.filter(
    ({ verdict, check }: Json) => verdict === 'warning' && check === 'stale-records',
  );
  expect(stale).toHaveLength(1);
  await node.sh(stale[0].cure.join('\n'));
  expect(await node.snapshot()).toEqual(before);
  const after = await doctor();
  const ofVfs = after.findings.filter(({ group }: Json) => ['cards', 'vfs', 'records'].includes(group));
  expect(ofVfs.length).toBeGreaterThan(10);
  expect(ofVfs.filter(({ verdict }: Json) => verdict !== 'ok')).toEqual([]);
});

/** It ends with 3 if it finds a problem: here nobody has configured a network. */
async function doctor(): Promise<Json> {
  return JSON.parse(await node.sh('CNI_PATH=/opt/cni/bin /opt/cni/bin/sriov doctor -o json || [ $? = 3 ]'));
}
