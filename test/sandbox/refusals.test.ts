/** What cannot work is refused before any change: of the device, the sandbox, the addresses. */
import { describe, expect } from 'vitest';
import type { Fault } from '../../schemas/fault.ts';
import { type Call, type Machine, netnsOf } from './machine.ts';
import { test } from './machine-test.ts';
import { IPV4, network } from './networks.ts';
import { attached, expectSilence, refused } from './outcome.ts';

const VF0 = '/sys/bus/pci/devices/0000:01:10.0';

type Refusal = {
  readonly title: string;
  readonly call?: Partial<Call>;
  /** Run in the machine before. */
  readonly script?: string;
  readonly fault: Fault;
  readonly details: RegExp;
};

async function expectRefusal(machine: Machine, { call, script, fault, details }: Refusal): Promise<void> {
  if (script) await machine.sh(script);
  const before = await machine.snapshot();
  const changes = await machine.interpose({ act: 'pass', step: 0 }, async () => {
    expect(refused(await machine.add({ netconf: network({ ipam: IPV4 }), ...call }), fault)).toMatch(details);
  });
  expect(changes).toEqual([]);
  expect(await machine.snapshot()).toEqual(before);
}

const named = (deviceID: string) => ({ netconf: network({ ipam: IPV4, deviceID }) });

const DEVICES: readonly Refusal[] = [
  {
    title: 'a VF that does not exist (PAIN-7)',
    call: named('0000:01:10.6'),
    fault: 'device-unfit',
    details: /0000:01:10\.6.*no such device/,
  },
  {
    title: 'a PF (PAIN-57)',
    call: named('0000:01:00.0'),
    fault: 'device-unfit',
    details: /0000:01:00\.0: it is a PF \(with 2 VFs\)/,
  },
  {
    title: 'a device that is neither PF nor VF',
    call: named('0000:00:03.0'),
    fault: 'device-unfit',
    details: /0000:00:03\.0: it is not a virtual function/,
  },
  {
    title: 'a VF without a driver',
    script: `ip link del vf0; rm -r ${VF0}/driver ${VF0}/net`,
    fault: 'device-unfit',
    details: /0000:01:10\.0: no driver is bound/,
  },
  {
    title: 'a VF that another program moved into a namespace',
    script: `ip link set vf0 netns pod2; rmdir ${VF0}/net/vf0`,
    fault: 'device-in-use',
    details: /0000:01:10\.0.*not in the host's network namespace/,
  },
  {
    title: 'a VF that belongs to a bridge',
    script: 'ip link add br0 type bridge; ip link set vf0 master br0',
    fault: 'device-in-use',
    details: /its link vf0 belongs to br0/,
  },
  {
    title: 'an MTU above that of the PF',
    call: { netconf: network({ ipam: IPV4, mtu: 9000 }) },
    fault: 'netconf',
    details: /^mtu: cannot be 9000, the PF pf0 has 1500$/,
  },
];

const SANDBOXES: readonly Refusal[] = [
  {
    title: 'a path that leads nowhere',
    call: { netns: '/run/netns/gone' },
    fault: 'netns',
    details: /\/run\/netns\/gone/,
  },
  {
    title: 'a file that is no namespace',
    script: 'touch /run/netns-file',
    call: { netns: '/run/netns-file' },
    fault: 'netns',
    details: /\/run\/netns-file is not a network namespace/,
  },
  {
    title: 'a directory',
    call: { netns: '/run/netns' },
    fault: 'netns',
    details: /\/run\/netns is not a network namespace/,
  },
  {
    title: 'a FIFO that nobody writes to',
    script: 'mkfifo /run/fifo',
    call: { netns: '/run/fifo' },
    fault: 'netns',
    details: /\/run\/fifo is not a network namespace/,
  },
  {
    title: 'a namespace of another kind',
    call: { netns: '/proc/self/ns/uts' },
    fault: 'netns',
    details: /Cannot enter the sandbox|is not a network namespace/,
  },
  {
    title: "the plugin's own namespace (DEF-11, P5)",
    call: { netns: '/proc/self/ns/net' },
    fault: 'netns',
    details: /namespace of the plugin itself/,
  },
  {
    title: 'a namespace with an interface of that name (DEF-4)',
    script: 'ip link add net1 type veth peer name other; ip link set net1 netns pod1',
    fault: 'name-taken',
    details: /\/run\/netns\/pod1 has an interface net1/,
  },
  {
    title: 'a namespace with an interface that has the name as altname',
    script: 'nsenter --net=/run/netns/pod1 ip link property add dev lo altname net1',
    fault: 'name-taken',
    details: /\/run\/netns\/pod1 has an interface net1/,
  },
];

describe.concurrent('ADD refuses the device', () => {
  test.for(DEVICES)('$title', (refusal, { machine }) => expectRefusal(machine, refusal));
});

describe.concurrent('ADD refuses the sandbox', () => {
  test.for(SANDBOXES)('$title', (refusal, { machine }) => expectRefusal(machine, refusal));
});

describe.concurrent('ADD refuses a VF of a living attachment', () => {
  const held = network({ ipam: IPV4 });

  test.for<readonly [string, Partial<Call>]>([
    ['to another pod, and names the holder', { containerId: 'c2', netns: netnsOf('pod2') }],
    ['to the same pod under another name', { ifName: 'net2' }],
    ['to the same pod under the same name, a second time', {}],
    [
      'of another network',
      { netconf: { ...held, name: 'other' }, containerId: 'c2', netns: netnsOf('pod2') },
    ],
  ])('%s', async ([, call], { machine }) => {
    attached(await machine.add({ netconf: held }));
    const before = await machine.snapshot();
    const details = refused(await machine.add({ netconf: held, ...call }), 'device-in-use');
    expect(details).toContain('container c1 has it as net1 (network net, /run/netns/pod1)');
    expect(await machine.snapshot()).toEqual(before);
  });
});

test('ADD refuses when all addresses are held, and goes on once one is released', async ({ machine }) => {
  const small = (vf: number) => ({ netconf: network({ vf, ipam: { subnet: '10.1.2.0/30' } }) });
  attached(await machine.add(small(0)));
  const before = await machine.snapshot();
  const second = { ...small(1), containerId: 'c2', netns: netnsOf('pod2') };
  expect(refused(await machine.add(second), 'no-free-address')).toContain('10.1.2.1-10.1.2.2');
  expect(await machine.snapshot()).toEqual(before);
  expectSilence(await machine.del(small(0)));
  attached(await machine.add(second));
});

test.for([
  ['for the first time', 'true'],
  ['any more', 'mkdir /var/lib/cni/sriov-attachments /var/lib/cni/networks'],
] as const)('ADD refuses when the state cannot be written %s', async ([, script], { machine }) => {
  await machine.sh(script);
  const before = await machine.snapshot();
  await machine.sh('mount -o remount,ro /var/lib/cni');
  expect(refused(await machine.add({ netconf: network({ ipam: IPV4 }) }), 'input-output')).toMatch(/EROFS/);
  expect(await machine.snapshot()).toEqual(before);
});

test('ADD refuses a store where no directory can be made, and leaves nothing', async ({ machine }) => {
  const before = await machine.snapshot();
  const netconf = network({ ipam: { ...IPV4, dataDir: '/proc/none' } });
  expect(refused(await machine.add({ netconf }), 'input-output')).toContain('/proc/none');
  expect(await machine.snapshot()).toEqual(before);
});
