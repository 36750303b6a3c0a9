/** GC ends the attachments that the runtime does not know any more. */
import { describe, expect } from 'vitest';
import { netnsOf } from './machine.ts';
import { test } from './machine-test.ts';
import { IPV4, network } from './networks.ts';
import { attached, expectSilence, refused } from './outcome.ts';

const podOf = (n: number, name = 'net') => ({
  netconf: network({ vf: n - 1, ipam: IPV4, name }),
  containerId: `c${n}`,
  netns: netnsOf(`pod${n}`),
});

const gcConf = (valid: object) => ({ netconf: { ...network({ ipam: IPV4 }), ...valid } });
const C1 = { containerID: 'c1', ifname: 'net1' };

describe.concurrent('GC', () => {
  test.for(['cni.dev/valid-attachments', 'cni.dev/attachments'])(
    'keeps those in %s, and ends the others (F31, P7, PAIN-5)',
    async (key, { machine }) => {
      attached(await machine.add(podOf(1)));
      const one = await machine.snapshot();
      attached(await machine.add(podOf(2)));
      expectSilence(await machine.cni('GC', gcConf({ [key]: [C1] })));
      expect(await machine.snapshot()).toEqual(one);
    },
  );

  test.for([
    ['an empty list', []],
    ['null', null],
  ] as const)('takes %s for "none"', async ([, list], { machine }) => {
    const before = await machine.snapshot();
    attached(await machine.add(podOf(1)));
    attached(await machine.add(podOf(2)));
    expectSilence(await machine.cni('GC', gcConf({ 'cni.dev/valid-attachments': list })));
    expect(await machine.snapshot()).toEqual(before);
  });

  test('does nothing without a list', async ({ machine }) => {
    attached(await machine.add(podOf(1)));
    const before = await machine.snapshot();
    expectSilence(await machine.cni('GC', gcConf({})));
    expect(await machine.snapshot()).toEqual(before);
  });

  test('leaves other networks alone (PAIN-54)', async ({ machine }) => {
    attached(await machine.add(podOf(1, 'other')));
    const before = await machine.snapshot();
    attached(await machine.add(podOf(2)));
    expectSilence(await machine.cni('GC', gcConf({ 'cni.dev/valid-attachments': [] })));
    expect(await machine.snapshot()).toEqual(before);
  });

  test('releases addresses that no attachment has (PAIN-52)', async ({ machine }) => {
    const before = await machine.snapshot();
    await machine.sh(
      `mkdir -p /var/lib/cni/networks/net; printf 'gone\\r\\neth0' >/var/lib/cni/networks/net/10.1.2.9`,
    );
    expectSilence(await machine.cni('GC', gcConf({ 'cni.dev/valid-attachments': [C1] })));
    expect(await machine.snapshot()).toEqual(before);
  });

  test('refuses a list that it does not understand, and changes nothing', async ({ machine }) => {
    attached(await machine.add(podOf(1)));
    const before = await machine.snapshot();
    const outcome = await machine.cni('GC', gcConf({ 'cni.dev/valid-attachments': [{ id: 'c1' }] }));
    expect(refused(outcome, 'netconf')).toContain('cni.dev/valid-attachments');
    expect(await machine.snapshot()).toEqual(before);
  });
});
