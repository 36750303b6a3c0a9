import { afterEach, expect, test } from 'vitest';
import { EVERY_SETTING, PF, TUTORIAL, useNodeOfItsOwn, VF } from './node.ts';

const node = useNodeOfItsOwn();

const SET = { netconf: { ...TUTORIAL, ...EVERY_SETTING } };

/** What was set while the PF was down leaves a VF deaf until it was up and down. */
afterEach(async () => {
  const [pf, vf] = [await node.linkName(PF), await node.linkName(VF)];
  await node.sh(`ip link set ${pf} up; ip link set ${vf} up; ip link set ${vf} down`);
});

test('the PF is renamed while its VF is in a pod: DEL puts everything back', async () => {
  const before = await node.snapshot();
  const pf = await node.linkName(PF);
  await node.add(SET);
  await node.sh(`ip link set ${pf} name other0`);
  await node.del(SET);
  await node.sh(`udevadm settle 2>/dev/null; ip link property del dev other0 altname ${pf} 2>/dev/null
    ip link set other0 name ${pf}`);
  expect(await node.snapshot()).toEqual(before);
});

test('the PF is down all the time: that is warned of, and the VF is set up', async () => {
  await node.sh(`ip link set ${await node.linkName(PF)} down`);
  const before = await node.snapshot();
  const { code, log } = await node.cni('ADD', SET);
  expect(code).toBe(0);
  expect(log).toMatch(/level=warning .*The PF \S+ of 0000:01:10\.0 is down/);
  expect(await node.shown(0)).toMatchObject({ vlan_list: [{ vlan: 100, qos: 3 }], trust: true });
  await node.del(SET);
  expect(await node.snapshot()).toEqual(before);
});

test('a MAC that another VF of the PF has is warned of (PAIN-5)', async () => {
  const before = await node.snapshot();
  const { address } = await node.shown(1);
  const call = { netconf: { ...TUTORIAL, mac: address } };
  const { code, log } = await node.cni('ADD', call);
  expect(code).toBe(0);
  expect(log).toMatch(new RegExp(`level=warning .*VF 1 of \\S+ has the MAC ${address}, too`));
  await node.del(call);
  expect(await node.snapshot()).toEqual(before);
});

test('the PF goes down while its VF is in a pod', async () => {
  const before = await node.snapshot();
  const pf = await node.linkName(PF);
  await node.add(SET);
  await node.sh(`ip link set ${pf} down`);
  await node.del(SET);
  await node.sh(`ip link set ${pf} up`);
  expect(await node.snapshot()).toEqual(before);
});

test('the VF has the wanted name as altname', async () => {
  await node.sh(`ip link property add dev ${await node.linkName(VF)} altname net1`);
  const before = await node.snapshot();
  await node.add(SET);
  expect(await node.link('net1', 'pod1')).toMatchObject({ ifname: 'net1', parentdev: VF });
  await node.del(SET);
  expect(await node.snapshot()).toEqual(before);
  await node.sh(`ip link property del dev ${await node.linkName(VF)} altname net1`);
});

test.for(['bridge', 'vrf'])('a VF that belongs to a %s is refused before any change', async (type) => {
  const vf = await node.linkName(VF);
  await node.sh(
    `modprobe ${type}; ip link add upper7 type ${type} ${type === 'vrf' ? 'table 7' : ''}; ip link set ${vf} master upper7`,
  );
  const before = await node.snapshot();
  const { json } = await node.cni('ADD', SET);
  expect(json).toMatchObject({ code: 100, details: expect.stringContaining('belongs to upper7') });
  expect(await node.snapshot()).toEqual(before);
  await node.sh('ip link del upper7');
});
