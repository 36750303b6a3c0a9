/** Addresses whose holders died without a DEL: Multus passes on no GC, so that whoever needs them has to end those. */
import { describe, expect } from 'vitest';
import { type Machine, NEXT_BOOT, netnsOf } from './machine.ts';
import { machineTest, test } from './machine-test.ts';
import { network } from './networks.ts';
import { addressesOf, attached, expectSilence, refused } from './outcome.ts';

/** One address besides the gateway. */
const SMALL = { subnet: '10.1.2.0/30' };
const first = { netconf: network({ ipam: SMALL }) };
const second = { netconf: network({ vf: 1, ipam: SMALL }), containerId: 'c2', netns: netnsOf('pod2') };

/** The kernel brings a VF home when its namespace ends; a veth would end, too. The planted sysfs follows no new name. */
const SANDBOX_ENDS = `nsenter --net=${netnsOf('pod1')} ip link set net1 netns $$ name vf0; ip netns del pod1`;

/** A new VF, and by chance a new namespace of the old name. */
const REBOOT = `nsenter --net=${netnsOf('pod1')} ip link set net1 netns $$ name vf0; ip link set vf0 alias ''
  ${NEXT_BOOT}`;

/** What the machine was like, without the pod whose namespace ended. */
async function withoutPod1(machine: Machine) {
  const { pods, ...rest } = await machine.snapshot();
  const { pod1, ...others } = pods;
  return { ...rest, pods: others };
}

describe.concurrent('an address', () => {
  test.for([
    ['whose namespace is gone', SANDBOX_ENDS, second],
    ['of an earlier boot', REBOOT, second],
    [
      'whose namespace is gone, and that is requested',
      SANDBOX_ENDS,
      { ...second, netconf: { ...second.netconf, runtimeConfig: { ips: ['10.1.2.2'] } } },
    ],
  ] as const)(
    'of a holder %s is given to the next pod (F41, I8, PAIN-52)',
    async ([, death, next], { machine }) => {
      const before = await withoutPod1(machine);
      attached(await machine.add(first));
      await machine.sh(death);
      const outcome = await machine.add(next);
      expect(addressesOf(attached(outcome))).toEqual(['10.1.2.2']);
      expect(outcome.stderr).toMatch(/level=warning .*Ending the attachment of 0000:01:10\.0 to c1/);
      expectSilence(await machine.del(next));
      expect(await withoutPod1(machine)).toEqual(before);
    },
  );

  test.for([
    ['of a living holder', 'true', first, 'no-free-address'],
    [
      'of a holder that stopped its interface',
      `nsenter --net=${netnsOf('pod1')} ip link set net1 down`,
      first,
      'no-free-address',
    ],
    ['of another network', SANDBOX_ENDS, { netconf: { ...first.netconf, name: 'other' } }, undefined],
  ] as const)('%s is kept', async ([, script, holder, fault], { machine }) => {
    attached(await machine.add(holder));
    await machine.sh(script);
    const { state } = await machine.snapshot();
    const outcome = await machine.add(second);
    if (fault) refused(outcome, fault);
    else attached(outcome);
    expect((await machine.snapshot()).state).toMatchObject(state);
  });
});

machineTest({ vfs: 4, pods: ['pod0', 'pod1', 'pod2', 'pod3'] })(
  'the addresses of dead holders are enough for all pods that come at once',
  async ({ machine }) => {
    const two = { subnet: '10.1.2.0/24', rangeStart: '10.1.2.10', rangeEnd: '10.1.2.11' };
    const pods = [0, 1, 2, 3].map((vf) => ({
      netconf: network({ vf, ipam: two }),
      containerId: `c${vf}`,
      netns: netnsOf(`pod${vf}`),
    }));
    const [dead, next] = [pods.slice(0, 2), pods.slice(2)];
    for (const [vf, pod] of dead.entries()) {
      attached(await machine.add(pod));
      await machine.sh(
        `nsenter --net=${pod.netns} ip link set net1 netns $$ name vf${vf}; ip netns del pod${vf}`,
      );
    }
    const outcomes = await Promise.all(next.map((pod) => machine.add(pod)));
    const addresses = outcomes.flatMap((outcome) => addressesOf(attached(outcome)));
    expect(addresses.sort()).toEqual(['10.1.2.10', '10.1.2.11']);
  },
);
