/** The node loses its power and boots again with the same disk: new boot id, VFs made anew, no namespaces. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  bootNode,
  type Call,
  EVERY_SETTING,
  Node,
  SECOND_VF,
  TUTORIAL,
  VF,
  VF_OF_SECOND_PF,
} from './node.ts';
import { underShim } from './shim.ts';

/** As many addresses as there are attachments. */
const IPAM = { ...TUTORIAL.ipam, rangeStart: '10.20.30.1', rangeEnd: '10.20.30.3' };
const NETWORK = { ...TUTORIAL, cniVersion: '1.1.0', ipam: IPAM };
const FREE_VF = '0000:02:10.2';

const pod = (name: string, deviceID: string, settings: object = {}): Call => ({
  containerId: name,
  netns: name,
  netconf: { ...NETWORK, deviceID, ...settings },
});

const OLD = [
  pod('old1', VF, EVERY_SETTING),
  pod('old2', SECOND_VF),
  // Dies with its address reserved, and the VF not yet moved.
  pod('old3', VF_OF_SECOND_PF, { vlan: 100 }),
] as const;

const bootId = (node: Node) => node.sh('cat /proc/sys/kernel/random/boot_id');
const held = (node: Node) => node.sh('cd /var/lib/cni/networks/sriov-network; ls | grep ^10 | xargs');
const isAttached = (file: string) => file.startsWith('/var/lib/cni/sriov-attachments/');

/** Returns the files that it leaves. */
async function attachOld(node: Node): Promise<Record<string, string>> {
  for (const { containerId = '' } of OLD) await node.addPod(containerId);
  const [complete, also, unfinished] = OLD;
  await node.add(complete);
  await node.add(also);
  const killed = await underShim(node, 'kill-before 2', { command: 'ADD', call: unfinished });
  expect(killed).toMatchObject({ code: 137, json: undefined });
  return (await node.snapshot()).files;
}

test('after a power failure VFs and addresses of before come back, none twice, and old DELs touch nothing of the new', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'reboot-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const disk = join(folder, 'disk');

  const firstLab = await bootNode({ disk });
  const left = await attachOld(new Node(firstLab));
  const lastBoot = await bootId(new Node(firstLab));
  await firstLab.down();

  const lab = await bootNode({ disk });
  onTestFinished(() => lab.down());
  const node = new Node(lab);
  expect(await bootId(node)).not.toBe(lastBoot);
  const before = await node.snapshot();
  // What was not synchronized may be undone: here, that the draft of a reservation was removed.
  expect(before.files).toMatchObject(left);
  expect(Object.keys(left).filter(isAttached)).toHaveLength(3);
  expect(await held(node)).toBe('10.20.30.1 10.20.30.2 10.20.30.3');

  // The path of the first is that of a pod of before; the second has a VF that had none, and finds no address left.
  for (const name of ['old1', 'new2', 'new3']) await node.addPod(name);
  const NEW = [{ ...pod('new1', VF), netns: 'old1' }, pod('new2', FREE_VF), pod('new3', SECOND_VF)];
  const addresses: string[] = [];
  for (const call of NEW) addresses.push((await node.add(call)).ips[0].address);
  expect(addresses.toSorted()).toEqual(['10.20.30.1/25', '10.20.30.2/25', '10.20.30.3/25']);
  expect(await node.shown(0)).toMatchObject({ vlan_list: [{}], spoofchk: true, trust: false });

  const attached = await node.snapshot();
  for (const call of OLD) await node.del(call);
  const valid = NEW.map(({ containerId }) => ({ containerID: containerId, ifname: 'net1' }));
  const gc = { netconf: { ...NETWORK, 'cni.dev/valid-attachments': valid } };
  expect(await node.cni('GC', gc)).toMatchObject({ code: 0, json: undefined });
  expect(await node.snapshot()).toEqual(attached);
  for (const call of NEW) await node.del(call);
  expect(await node.snapshot()).toEqual({ ...before, files: {} });
});
