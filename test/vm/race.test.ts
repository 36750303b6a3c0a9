/** All VFs of the machine come and go at once, and the runtime sends DEL many times. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { seedOf, tell, times } from '../figures.ts';
import { type Call, EVERY_SETTING, TUTORIAL, useNode } from './node.ts';

const VFS_OF_A_PF = times({ fast: 2, soak: 7 });
const AT_ONCE = 8;
const DELS = times({ fast: 3, soak: 6 });
const ROUNDS = times({ fast: 1, soak: 2 });
/** Ten times what it takes on an idle machine. */
const TIMEOUT_MS = ROUNDS * VFS_OF_A_PF * 90_000;

const node = useNode({ vfs: VFS_OF_A_PF });

const seed = seedOf('race on real VFs');
const chance = (text: string) => createHash('sha256').update(`${seed} ${text}`).digest('hex');

/** In an order by chance, some of it at once. */
async function inDisorder<T>(items: readonly T[], act: (item: T) => Promise<unknown>): Promise<void> {
  const shuffled = items.map((item, n) => ({ item, at: chance(`${items.length} ${n}`) }));
  const left = shuffled.toSorted((one, other) => one.at.localeCompare(other.at));
  const work = async () => {
    for (let next = left.pop(); next; next = left.pop()) await act(next.item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

const podOf = (deviceID: string, n: number): Call => {
  const { mac: _, ...settings } = EVERY_SETTING;
  return { netconf: { ...TUTORIAL, ...settings, deviceID }, containerId: `c${n}`, netns: `pod-${n}` };
};

/** Most DELs come with an empty namespace. */
const delsOf = (pod: Call) =>
  Array.from({ length: DELS }, (_, n) => ({ ...pod, ...(n > 0 && { netns: '' }) }));

test(
  'VFs come and go at once, with many DELs each: every pod has its own VF and address, and then the host is as before',
  async () => {
    const devices = await node.sh('cd /sys/bus/pci/devices; ls -d */physfn | cut -d/ -f1');
    const pods = devices.split('\n').map(podOf);
    for (const { netns = '' } of pods) await node.addPod(netns);
    const before = await node.snapshot();
    for (let round = 0; round < ROUNDS; round += 1) {
      const addresses = new Set<string>();
      await inDisorder(pods, async (pod) => addresses.add((await node.add(pod)).ips[0].address));
      const there = await node.sh(
        'for n in /run/netns/pod-*; do nsenter --net=$n ip -d link show net1; done | grep -o "parentdev [^ ]*"',
      );
      expect([addresses.size, new Set(there.split('\n')).size]).toEqual([pods.length, pods.length]);
      await inDisorder(pods.flatMap(delsOf), (del) => node.del(del));
      expect(await node.snapshot()).toEqual(before);
    }
    tell('race on real VFs', { adds: ROUNDS * pods.length, dels: ROUNDS * pods.length * DELS });
  },
  TIMEOUT_MS,
);
