/** A node on which sriov-cni still has attachments, or is at work. */
import { readFile } from 'node:fs/promises';
import { describe, expect } from 'vitest';
import { netnsOf } from './machine.ts';
import { test } from './machine-test.ts';
import { IPV4, network } from './networks.ts';
import { attached, expectSilence, refused } from './outcome.ts';

const pod = { netconf: network({ ipam: IPV4 }) };
const PCI = '/var/lib/cni/sriov/pci';
const claimOf = (path: string) => `mkdir -p ${PCI}; echo -n ${path} >${PCI}/0000:01:10.0`;

describe.concurrent('a device that sriov-cni has given', () => {
  test('to a living namespace is refused before any change', async ({ machine }) => {
    await machine.sh(claimOf(netnsOf('pod2')));
    const before = await machine.snapshot();
    const changes = await machine.interpose({ act: 'pass', step: 0 }, async () => {
      const details = refused(await machine.add(pod), 'device-in-use');
      expect(details).toBe(`Cannot attach 0000:01:10.0: sriov-cni has given it to ${netnsOf('pod2')}`);
    });
    expect(changes).toEqual([]);
    expect(await machine.snapshot()).toEqual(before);
  });

  test('to a namespace that is gone can be attached, and the claim goes', async ({ machine }) => {
    const before = await machine.snapshot();
    await machine.sh(claimOf('/run/netns/gone'));
    attached(await machine.add(pod));
    expectSilence(await machine.del(pod));
    expect(await machine.snapshot()).toEqual(before);
  });

  test('is no reason to refuse another', async ({ machine }) => {
    await machine.sh(claimOf(netnsOf('pod2')));
    attached(await machine.add({ netconf: network({ vf: 1, ipam: IPV4 }) }));
  });
});

test('ADD waits until sriov-cni has let go of its lock', async ({ machine }) => {
  const lock = `${PCI}/vf_lock/0000:01:10.0.lock`;
  await machine.sh(`mkdir -p ${PCI}/vf_lock; touch ${lock}`);
  // It lets go once somebody waits, and tells where the VF was until then.
  const holding = machine.sh(`exec 9>${lock}; flock 9; touch /run/held
    until grep -q -- "-> FLOCK .*:$(stat -c %i ${lock}) " /proc/locks; do sleep 0.01; done
    ip -br link show vf0 >/run/seen`);
  await machine.sh('until [ -e /run/held ]; do sleep 0.01; done');
  const [outcome] = await Promise.all([machine.add(pod), holding]);
  attached(outcome);
  expect(await readFile(machine.path('/run/seen'), 'utf8')).toMatch(/^vf0@/);
});
