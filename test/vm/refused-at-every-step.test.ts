import { expect, test } from 'vitest';
import { chanceOf } from '../chance.ts';
import { seedOf, times } from '../figures.ts';
import { EVERY_SETTING, type Json, PF, TUTORIAL, useNode, VF } from './node.ts';
import { underShim } from './shim.ts';

const node = useNode();

/** One refusal takes 5 s here; scripts/test.sh takes every fourth one. */
const STRIDE = times({ fast: 4, soak: 1 });

const ALL = {
  netconf: {
    ...TUTORIAL,
    ...EVERY_SETTING,
    ipam: {
      type: 'host-local',
      ranges: [[{ subnet: '10.20.30.0/25', gateway: '10.20.10.1' }], [{ subnet: '2001:db8::/64' }]],
      routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }],
    },
  },
};

const addRefusing = (step: number) => underShim(node, `refuse ${step}`, { command: 'ADD', call: ALL });

/** What looked pinned is pinned after DEL: this frees it, as it really was. */
async function free(before: Json): Promise<void> {
  const vf = await node.linkName(VF);
  const { address } = before.links.find(({ ifname }: Json) => ifname === vf);
  await node.sh(`ip link set ${await node.linkName(PF)} vf 0 mac 00:00:00:00:00:00
    ip link set ${vf} address ${address}; ip link set ${vf} up; ip link set ${vf} down`);
}

test('whatever step of ADD the kernel refuses, the host is as before, with no record and no address', async () => {
  const before = await node.snapshot();
  const { code, steps } = await addRefusing(0);
  expect(code).toBe(0);
  await node.del(ALL);
  expect(await node.snapshot()).toEqual(before);
  expect(steps.length).toBeGreaterThan(10);
  const offset = chanceOf(seedOf('refused on real VFs')).below(STRIDE);
  for (const [index, step] of steps.entries()) {
    if (index % STRIDE !== offset) continue;
    const { code, json } = await addRefusing(index + 1);
    // A netdev that refuses its MAC is how a pinned VF looks: ADD goes another way, and succeeds. It does, too, where it
    // cannot announce the addresses.
    if (code === 0) {
      expect(step).toMatch(/ address 02:aa|arp_notify/);
      await node.del(ALL);
      await free(before);
    } else {
      expect(json, step).toMatchObject({
        code: 104,
        details: expect.stringContaining('Operation not permitted'),
      });
    }
    expect(await node.snapshot(), `refused: ${step}`).toEqual(before);
  }
});
