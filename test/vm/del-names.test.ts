/** DEL and the names of links, in which udevd has a hand. */
import { expect, test } from 'vitest';
import { someOf } from '../figures.ts';
import { EVERY_SETTING, TUTORIAL, useNode, VF } from './node.ts';

const node = useNode();

const SET = { netconf: { ...TUTORIAL, ...EVERY_SETTING } };

test('the namespace dies before DEL: the VF, home as net1, is renamed and repaired (DEF-8, PAIN-2)', async () => {
  const before = await node.snapshot();
  for (const netns of someOf('CNI_NETNS', ['pod1', ''], { fast: 1 })) {
    await node.add(SET);
    await node.sh('ip netns del pod1');
    await node.del({ ...SET, netns });
    expect(await node.snapshot()).toEqual(before);
    await node.addPod('pod1');
  }
});

test('the name net1 is taken on the host when the namespace dies: the VF is found by its PCI address', async () => {
  await node.sh('ip link add net1 type dummy');
  const before = await node.snapshot();
  await node.add(SET);
  await node.sh('ip netns del pod1');
  await node.del(SET);
  expect(await node.snapshot()).toEqual(before);
  await node.sh('ip link del net1');
});

test('DEL undoes what programs in the pod changed, and finds the interface under another name', async () => {
  const before = await node.snapshot();
  await node.add(SET);
  await node.sh(`ip -n pod1 link set net1 down
    ip -n pod1 link set net1 name other address 02:cc:00:00:00:01 mtu 2000 txqueuelen 7 promisc on allmulticast on arp off multicast off alias mine
    ip -n pod1 link property add dev other altname another
    ip -n pod1 link add net1 type dummy
    ip -n pod1 link set other up`);
  await node.del(SET);
  expect(await node.snapshot()).toEqual(before);
  expect(await node.sh('ip -n pod1 -br link show net1')).toContain('net1');
});

test('a VF that was up, with altnames and an alias, is so again', async () => {
  const vf = await node.linkName(VF);
  await node.sh(
    `ip link set ${vf} alias 'rack 7 "left"'; ip link property add dev ${vf} altname net1; ip link set ${vf} up`,
  );
  const before = await node.snapshot();
  await node.add();
  await node.del();
  expect(await node.snapshot()).toEqual(before);
  await node.sh(
    `ip link set ${vf} alias ''; ip link property del dev ${vf} altname net1; ip link set ${vf} down`,
  );
});

test('a VF whose name another link took comes home under another, and with all its settings', async () => {
  const vf = await node.linkName(VF);
  const before = await node.snapshot();
  await node.add(SET);
  await node.sh(`ip link add ${vf} type dummy`);
  const { code, log } = await node.cni('DEL', SET);
  expect(code, log).toBe(0);
  expect(log).toContain(`its name ${vf} is not to be had`);
  await node.sh(`ip link del ${vf}; ip link set ${await node.linkName(VF)} name ${vf}`);
  expect(await node.snapshot()).toEqual(before);
});

/** As bytes for printf. */
const ODD_NAMES = { 'that is no text': '\\xff', 'with a control character': '\\x01' };

for (const [what, bytes] of someOf('odd names', Object.entries(ODD_NAMES), { fast: 1 })) {
  test(`a name ${what}, given by the pod, holds up neither DEL nor the kernel's homecoming`, async () => {
    const vf = await node.linkName(VF);
    const before = await node.snapshot();
    const rename = `ip -n pod1 link set net1 down; printf 'link set net1 name x${bytes}y\\n' | ip -n pod1 -batch -`;
    for (const death of someOf('deaths', ['true', 'ip netns del pod1'], { fast: 1 })) {
      await node.add(SET);
      await node.sh(`${rename}; ${death}`);
      await node.del(SET);
      // udev makes a text of such a name when the link comes home, before or after DEL gave it its own, and an altname
      // of the one that it would have given.
      await node.sh(`udevadm settle 2>/dev/null; name=$(ls /sys/bus/pci/devices/${VF}/net)
        [ "$name" = ${vf} ] && exit
        ip link property del dev "$name" altname ${vf} 2>/dev/null
        ip link set "$name" name ${vf}`);
      expect(await node.snapshot()).toEqual(before);
    }
  });
}
