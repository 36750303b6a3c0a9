/** Which commands wait for which: one VF for itself, one network's store for releases alone. */
import { describe, expect } from 'vitest';
import { type Machine, netnsOf } from './machine.ts';
import { test } from './machine-test.ts';
import { IPV4, network } from './networks.ts';
import { attached, expectSilence, refused } from './outcome.ts';
import { plantPlugin } from './plant-plugin.ts';

const first = { netconf: network({ ipam: IPV4 }) };
const second = { netconf: network({ vf: 1, ipam: IPV4 }), containerId: 'c2', netns: netnsOf('pod2') };

const LOCK_OF_FIRST = '/var/lib/cni/sriov-attachments/0000:01:10.0.lock';
const LOCK_OF_STORE = '/var/lib/cni/networks/net/lock';

/** Says that it has begun, and ends when it may. */
const HANGING = 'touch /run/hangs; until [[ -e /run/may-end ]]; do sleep 0.05; done';

const HANGING_PLUGIN = `#!/bin/bash\n${HANGING}\necho '{"cniVersion":"1.0.0","ips":[]}'`;
const hanging = { netconf: { ...first.netconf, ipam: { type: 'hanging' } } };

/** Does the first while the second holds a lock; then lets that end. */
async function during(machine: Machine, holding: Promise<unknown>, action: () => Promise<void>) {
  await machine.sh('until [[ -e /run/hangs ]]; do sleep 0.05; done');
  await action();
  await machine.sh('touch /run/may-end');
  await holding;
}

async function hold(machine: Machine, lock: string, action: () => Promise<void>): Promise<void> {
  await machine.sh(`mkdir -p $(dirname ${lock})`);
  await during(machine, machine.sh(`flock ${lock} bash -c '${HANGING}'`), action);
}

const isHeld = (machine: Machine, lock: string) => machine.sh(`! flock -n ${lock} true`);

describe.concurrent('while one VF is locked, ADD, CHECK and DEL of another are done', () => {
  const live = async (machine: Machine) => {
    const result = attached(await machine.add(second));
    expectSilence(await machine.check(second, result));
    expectSilence(await machine.del(second));
    await isHeld(machine, LOCK_OF_FIRST);
  };

  test('by whoever does not let go', async ({ machine }) => {
    await hold(machine, LOCK_OF_FIRST, () => live(machine));
  });

  test('by an ADD that hangs', async ({ machine }) => {
    const before = await machine.snapshot();
    await plantPlugin(machine, 'hanging', HANGING_PLUGIN);
    await during(machine, machine.add(hanging).then(attached), () => live(machine));
    expectSilence(await machine.del(hanging));
    expect(await machine.snapshot()).toEqual(before);
  });

  test('and one that is short of addresses does not wait for those that live', async ({ machine }) => {
    const short = (call: typeof first) => ({
      ...call,
      netconf: { ...call.netconf, ipam: { type: 'host-local', subnet: '10.1.2.0/30' } },
    });
    attached(await machine.add(short(first)));
    await hold(machine, LOCK_OF_FIRST, async () => {
      refused(await machine.add({ ...second, ...short(second) }), 'no-free-address');
      await isHeld(machine, LOCK_OF_FIRST);
    });
  });
});

test('GC waits for an ADD under way that the runtime does not name, and ends what it made', async ({
  machine,
}) => {
  const before = await machine.snapshot();
  await plantPlugin(machine, 'hanging', HANGING_PLUGIN);
  const waiting: Promise<unknown>[] = [];
  await during(machine, machine.add(hanging).then(attached), async () => {
    const valid = { 'cni.dev/valid-attachments': [] };
    waiting.push(machine.cni('GC', { netconf: { ...hanging.netconf, ...valid } }).then(expectSilence));
    // What waits for a lock is listed with an arrow.
    await machine.sh(
      `until grep -q -- "-> .*:$(stat -c %i ${LOCK_OF_FIRST}) " /proc/locks; do sleep 0.05; done`,
    );
  });
  await Promise.all(waiting);
  expect(await machine.snapshot()).toEqual(before);
});

describe.concurrent("while the store's lock of one network is held", () => {
  test('ADDs of the network are done, and DELs of others', async ({ machine }) => {
    await hold(machine, LOCK_OF_STORE, async () => {
      attached(await machine.add(first));
      const other = { ...second, netconf: { ...second.netconf, name: 'other' } };
      attached(await machine.add(other));
      expectSilence(await machine.del(other));
      await isHeld(machine, LOCK_OF_STORE);
    });
  });

  test('a DEL waits with the VF at home, and a second one of a pod that has gone does not wait', async ({
    machine,
  }) => {
    const before = await machine.snapshot();
    attached(await machine.add(first));
    let waiting: Promise<unknown> = Promise.resolve();
    await hold(machine, LOCK_OF_STORE, async () => {
      waiting = machine.del(first).then(expectSilence);
      await machine.sh('until ip link show vf0 >/dev/null 2>&1; do sleep 0.05; done');
      expectSilence(await machine.del(second));
      await isHeld(machine, LOCK_OF_STORE);
      expect(Object.keys((await machine.snapshot()).state)).toContain('networks/net/10.1.2.2');
    });
    await waiting;
    expect(await machine.snapshot()).toEqual(before);
  });
});
