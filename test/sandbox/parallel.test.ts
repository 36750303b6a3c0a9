/** Commands at the same time, and commands that come late. */
import { describe, expect } from 'vitest';
import { chanceOf } from '../chance.ts';
import { isSoak, seedOf, tell, times } from '../figures.ts';
import { type Call, type Machine, NEXT_BOOT, netnsOf, vfAddress } from './machine.ts';
import { machineTest, test } from './machine-test.ts';
import { IPV4, network } from './networks.ts';
import { addressesOf, attached, expectSilence, type Outcome, refused } from './outcome.ts';

const NUMBERS = [0, 1, 2, 3, 4, 5, 6, 7];

const podOf = (n: number, vf = n) => ({
  netconf: network({ vf, ipam: IPV4 }),
  containerId: `c${n}`,
  netns: netnsOf(`pod${n}`),
});

const atOnce = <T>(items: readonly T[], act: (item: T) => Promise<Outcome>) => Promise.all(items.map(act));

describe('with eight VFs', () => {
  const test = machineTest({ vfs: 8, pods: NUMBERS.map((n) => `pod${n}`) });

  test('ADDs at once get an address each, and DELs at once, three for each pod, restore all', async ({
    machine,
  }) => {
    const before = await machine.snapshot();
    const results = (await atOnce(NUMBERS, (n) => machine.add(podOf(n)))).map(attached);
    const addresses = results.flatMap(addressesOf).sort();
    expect(addresses).toEqual(NUMBERS.map((n) => `10.1.2.${n + 2}`));
    const { pods, links } = await machine.snapshot();
    for (const n of NUMBERS) {
      expect(pods[`pod${n}`]?.links.at(-1)).toMatchObject({
        ifname: 'net1',
        address: `02:00:00:00:01:0${n}`,
      });
    }
    expect(links.filter(({ ifname }) => /^vf\d$/.test(String(ifname)))).toEqual([]);
    const thrice = [...NUMBERS, ...NUMBERS, ...NUMBERS];
    for (const outcome of await atOnce(thrice, (n) => machine.del(podOf(n)))) expectSilence(outcome);
    expect(await machine.snapshot()).toEqual(before);
  });

  test('ADDs and DELs mixed at once leave what the last command of each pod says', async ({ machine }) => {
    const before = await machine.snapshot();
    const [first, second] = [NUMBERS.slice(0, 4), NUMBERS.slice(4)];
    (await atOnce(first, (n) => machine.add(podOf(n)))).map(attached);
    const [ended, begun] = await Promise.all([
      atOnce(first, (n) => machine.del(podOf(n))),
      atOnce(second, (n) => machine.add(podOf(n))),
    ]);
    for (const outcome of ended) expectSilence(outcome);
    const checks = begun.map((outcome, index) => machine.check(podOf(index + 4), attached(outcome)));
    for (const outcome of await Promise.all(checks)) expectSilence(outcome);
    for (const outcome of await atOnce(second, (n) => machine.del(podOf(n)))) expectSilence(outcome);
    expect(await machine.snapshot()).toEqual(before);
  });
});

describe.concurrent('two pods want one VF', () => {
  test('at once: one gets it, the other is told who has it (F5, PAIN-13)', async ({ machine }) => {
    const before = await machine.snapshot();
    const outcomes = await atOnce([1, 2], (n) => machine.add(podOf(n, 0)));
    const winner = outcomes[0]?.code === 0 ? 1 : 2;
    const [won, lost] = winner === 1 ? outcomes : outcomes.toReversed();
    if (!won || !lost) throw new Error('two outcomes expected');
    const result = attached(won);
    expect(refused(lost, 'device-in-use')).toContain(`container c${winner} has it as net1`);
    expectSilence(await machine.check(podOf(winner, 0), result));
    expectSilence(await machine.del(podOf(3 - winner, 0)));
    expectSilence(await machine.check(podOf(winner, 0), result));
    expectSilence(await machine.del(podOf(winner, 0)));
    expect(await machine.snapshot()).toEqual(before);
  });
});

/** What became of the pod that had the VF, before another ADD. */
const ENDS: readonly [string, (machine: Machine) => Promise<unknown>][] = [
  ['had its DEL (DEF-5, PAIN-4)', (machine) => machine.del(podOf(1, 0)).then(expectSilence)],
  ['never had its DEL, but has lost the VF (DEF-21)', bringHome],
  ['died with its sandbox', (machine) => bringHome(machine).then(() => machine.sh('ip netns del pod1'))],
  [
    'is of an earlier boot',
    async (machine) => {
      await bringHome(machine);
      await machine.sh(`ip link set vf0 alias ''
        ${NEXT_BOOT}`);
    },
  ],
];

const { deviceID, ...withoutDevice } = podOf(1, 0).netconf;

/** How its late DELs differ from its ADD. */
const LATE: readonly Partial<Call>[] = [
  {},
  { netns: '' },
  { netns: netnsOf('gone') },
  { netns: netnsOf('pod2') },
  { netconf: withoutDevice, netns: '' },
  { netconf: { ...withoutDevice, deviceID: vfAddress(1) } },
];

describe.concurrent('late DELs of the old pod leave the VF to the new one when the old one', () => {
  test.for(ENDS)('%s', async ([, end], { machine }) => {
    attached(await machine.add(podOf(1, 0)));
    await end(machine);
    const result = attached(await machine.add(podOf(2, 0)));
    const before = await machine.snapshot();
    expect(Object.keys(before.state)).not.toContain('networks/net/10.1.2.2');
    for (const late of LATE) expectSilence(await machine.del({ ...podOf(1, 0), ...late }));
    expect(await machine.snapshot()).toEqual(before);
    await Promise.all(LATE.map((late) => machine.del({ ...podOf(1, 0), ...late }).then(expectSilence)));
    expectSilence(await machine.check(podOf(2, 0), result));
    expect(await machine.snapshot()).toEqual(before);
  });

  test('had its DEL, also when the new one has the path of its sandbox', async ({ machine }) => {
    const anew = { ...podOf(2, 0), netns: netnsOf('pod1') };
    attached(await machine.add(podOf(1, 0)));
    expectSilence(await machine.del(podOf(1, 0)));
    await machine.sh('ip netns del pod1');
    await machine.addPod('pod1');
    const result = attached(await machine.add(anew));
    const before = await machine.snapshot();
    for (const late of LATE) expectSilence(await machine.del({ ...podOf(1, 0), ...late }));
    expectSilence(await machine.check(anew, result));
    expect(await machine.snapshot()).toEqual(before);
  });
});

describe.concurrent('a DEL changes nothing of', () => {
  test.for([
    ['another container', { containerId: 'c9' }],
    ['another interface of the container', { ifName: 'net2' }],
    ['another network', { netconf: network({ ipam: IPV4, name: 'other' }) }],
    [
      'another network with the same VF, in a pod made later',
      { netconf: network({ name: 'other' }), netns: '/run/netns/late' },
    ],
  ] as const)('%s', async ([, other], { machine }) => {
    await machine.addPod('late');
    const pod = { netconf: network({ ipam: IPV4 }) };
    const result = attached(await machine.add(pod));
    const before = await machine.snapshot();
    expectSilence(await machine.del({ ...pod, ...other }));
    expect(await machine.snapshot()).toEqual(before);
    expectSilence(await machine.check(pod, result));
  });
});

/** As the kernel does with a VF whose sandbox dies; a veth would die with it. */
async function bringHome(machine: Machine): Promise<void> {
  await machine.sh(`exec 9</proc/self/ns/net
    nsenter --net=${netnsOf('pod1')} ip link set net1 netns /proc/self/fd/9 name vf0`);
}

test('a DEL that waits for the ADD of the same pod ends what that made, and frees nothing of others', async ({
  machine,
}) => {
  const before = await machine.snapshot();
  const lock = '/var/lib/cni/sriov-attachments/0000:01:10.0.lock';
  await machine.sh(`mkdir -p -m 700 $(dirname ${lock})`);
  const holder = machine.sh(`flock -x ${lock} sleep 1.5`);
  const added = machine.add(podOf(1, 0));
  await new Promise((resolve) => setTimeout(resolve, 500));
  const ended = machine.del(podOf(1, 0));
  await holder;
  const [addOutcome, delOutcome] = await Promise.all([added, ended]);
  expectSilence(delOutcome);
  const { pods, state } = await machine.snapshot();
  const isAttached = pods['pod1']?.links.some(({ ifname }) => ifname === 'net1') ?? false;
  const holdsAddress = Object.keys(state).some((path) => path.endsWith('/10.1.2.2'));
  // Whichever got the lock first: VF and address are both held, or both free.
  expect(holdsAddress).toBe(isAttached);
  expect(addOutcome.code).toBe(0);
  expectSilence(await machine.del(podOf(1, 0)));
  expect(await machine.snapshot()).toEqual(before);
});

/** What the store, the records and the sandbox say of the pod. */
async function traceOf(machine: Machine, n: number) {
  const { pods, state } = await machine.snapshot();
  // A record names the container in quotes, a reservation in its first line; either may have c1 in a number.
  const names = new RegExp(`"c${n}"|^c${n}$`, 'm');
  const files = Object.entries(state).filter(([, content]) => names.test(content));
  return {
    isInside: pods[`pod${n}`]?.links.some(({ ifname }) => ifname === 'net1') ?? false,
    files: files.map(([path]) => path).sort(),
  };
}

machineTest({ vfs: 8, pods: NUMBERS.map((n) => `pod${n}`) })(
  'a DEL during the ADD of the same pod ends it whole or not at all, and the next ends it',
  { timeout: isSoak ? 300_000 : 60_000 },
  async ({ machine }) => {
    const chance = chanceOf(seedOf('DEL during ADD'));
    const before = await machine.snapshot();
    const counts = { ended: 0, attached: 0, 'called off': 0 };
    for (let turn = 0; turn < times({ fast: 1, soak: 25 }); turn++) {
      const race = async (n: number) => {
        const adding = machine.add(podOf(n));
        const other = { ...withoutDevice, deviceID: vfAddress(chance.below(8)) };
        const delays = [0, 1].map(() => chance.oneOf([0, 0, 50, 100, 200]));
        const dels = delays.map(async (ms, index) => {
          await new Promise((resolve) => setTimeout(resolve, ms));
          expectSilence(await machine.del({ ...podOf(n), netconf: index ? withoutDevice : other }));
        });
        await Promise.all(dels);
        return adding;
      };
      const outcomes = await Promise.all(NUMBERS.map(race));
      for (const [n, outcome] of outcomes.entries()) {
        const trace = await traceOf(machine, n);
        expect([0, 2]).toContain(trace.files.length);
        expect(trace.isInside).toBe(trace.files.length === 2);
        if (outcome.code !== 0) expect(refused(outcome, 'busy')).toContain('was released meanwhile');
        const end = trace.isInside ? 'attached' : 'ended';
        counts[outcome.code === 0 ? end : 'called off'] += 1;
      }
      for (const done of await atOnce(NUMBERS, (n) => machine.del(podOf(n)))) expectSilence(done);
      expect(await machine.snapshot()).toEqual(before);
    }
    tell('DEL during ADD', counts);
  },
);
