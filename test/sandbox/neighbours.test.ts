/** What the neighbours hear of a pod's addresses, and what they have to say to them. */
import { describe, expect } from 'vitest';
import { framesFrom } from './frames.ts';
import { test } from './machine-test.ts';
import { IPV4, IPV6, network } from './networks.ts';
import { attached, refused } from './outcome.ts';

const MAC = '02:00:00:00:01:00';
const DUAL_STACK = { ranges: [[IPV4], [IPV6]] };
const GRATUITOUS_ARP = expect.stringContaining(
  'ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 42: Request who-has 10.1.2.2 tell 10.1.2.2,',
);
const UNSOLICITED_NA = expect.stringContaining(
  '2001:db8:1::2 > ff02::1: ICMP6, neighbor advertisement, tgt is 2001:db8:1::2,',
);
const PROBE = expect.stringMatching(
  /:: > ff02::1:ff00:2: ICMP6, neighbor solicitation, who has 2001:db8:1::2,/,
);

describe.concurrent('the neighbours', () => {
  test('hear of all addresses during ADD, from the MAC of the VF (F25, F26, DEF-9, PAIN-39)', async ({
    machine,
  }) => {
    const pod = { netconf: network({ ipam: DUAL_STACK }) };
    const frames = await framesFrom(machine, MAC, async () => attached(await machine.add(pod)));
    expect(frames).toEqual(expect.arrayContaining([GRATUITOUS_ARP, UNSOLICITED_NA]));
  });

  test('hear nothing of a pod without addresses', async ({ machine }) => {
    const pod = { netconf: network() };
    const frames = await framesFrom(machine, MAC, async () => attached(await machine.add(pod)));
    expect(frames.filter((frame) => /ARP|advertisement/.test(frame))).toEqual([]);
  });

  test('cannot hear of them without a carrier, and ADD goes on (F28, PAIN-41)', async ({ machine }) => {
    await machine.sh('ip link set vf0p down');
    const outcome = await machine.add({ netconf: network({ ipam: DUAL_STACK }) });
    attached(outcome);
    expect(outcome.stderr).toContain('net1 has no carrier: its addresses are not announced');
  });
});

describe.concurrent('duplicate detection', () => {
  const podOf = (more: object) => ({ netconf: network({ ipam: DUAL_STACK, ...more }) });

  test.for([
    ['takes place', 'if enabledad is true', { enabledad: true }, true],
    ['does not', 'if enabledad is false', { enabledad: false }, false],
    ['does not', 'by default', {}, false],
  ] as const)('%s %s, and the address can be used after ADD', async ([, , more, isProbed], { machine }) => {
    const frames = await framesFrom(machine, MAC, async () => attached(await machine.add(podOf(more))));
    expect(frames.some((frame) => PROBE.asymmetricMatch(frame))).toBe(isProbed);
    const addresses = await machine.inPod('ip -6 addr show dev net1 scope global');
    expect(addresses).toContain('2001:db8:1::2/64');
    expect(addresses).not.toContain('tentative');
    expect(frames).toContainEqual(UNSOLICITED_NA);
  });

  test('refuses an address that a neighbour has, and leaves nothing', async ({ machine }) => {
    await machine.sh('ip addr add 2001:db8:1::2/64 dev vf0p nodad');
    const before = await machine.snapshot();
    const details = refused(await machine.add(podOf({ enabledad: true })), 'address-taken');
    expect(details).toContain('Cannot use 2001:db8:1::2/64 at net1: a neighbour has it already');
    expect(await machine.snapshot()).toEqual(before);
  });
});
