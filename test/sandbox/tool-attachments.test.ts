/** `sriov attachments`, as the executable is shipped, with attachments that it made. */
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect } from 'vitest';
import { EXECUTABLE, type Machine, NEXT_BOOT, netnsOf } from './machine.ts';
import { machineTest, test } from './machine-test.ts';
import { IPV4, network } from './networks.ts';
import { attached, expectSilence } from './outcome.ts';

const POD_ARGS = 'IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web';
const first = { netconf: network({ ipam: IPV4 }), args: POD_ARGS };
const second = { netconf: network({ vf: 1, ipam: IPV4 }), containerId: 'c2', netns: netnsOf('pod2') };

/** The kernel brings a VF home when its namespace ends; a veth would end, too. */
const SANDBOX_ENDS = `nsenter --net=${netnsOf('pod2')} ip link set net1 netns $$ name vf1; ip netns del pod2`;
const REBOOT = `nsenter --net=${netnsOf('pod2')} ip link set net1 netns $$ name vf1; ip link set vf1 alias ''
  ${NEXT_BOOT}`;

const tool = (machine: Machine, ...words: readonly string[]) =>
  machine.run([EXECUTABLE, 'attachments', ...words]);

/** Without what differs from run to run. */
const steady = (text: string) =>
  text
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<since>')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\dZ/g, 'yyyy-mm-dd hh:mmZ')
    .replaceAll(/inode \d+/g, 'inode <n>')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');

const RECORD = '/var/lib/cni/sriov-attachments/0000:01:10.2.json';

/** What the machine is like without the second pod, whose namespace ends. */
async function withoutPod2(machine: Machine) {
  const { pods, ...rest } = await machine.snapshot();
  const { pod2, ...others } = pods;
  return { ...rest, pods: others };
}

async function twoAttached(machine: Machine): Promise<void> {
  attached(await machine.add(first));
  attached(await machine.add(second));
}

machineTest({ vfs: 3, pods: ['pod1', 'pod2', 'pod3'] })(
  'a list tells who has which VF, and how that is',
  async ({ machine }) => {
    expect(await tool(machine)).toMatchObject({ code: 0, stdout: 'Nothing is attached.' });
    await twoAttached(machine);
    await machine.sh(SANDBOX_ENDS);
    const third = { netconf: network({ vf: 2, name: 'other' }), containerId: 'c3', netns: netnsOf('pod3') };
    await machine.interpose({ act: 'kill-after', step: 2 }, () => machine.add(third));
    const { code, stdout } = await tool(machine);
    expect(code).toBe(0);
    expect(steady(stdout)).toBe(LIST);
    expect((await tool(machine, 'list', '--network', 'other')).stdout.split('\n')).toHaveLength(2);
    expect((await tool(machine, '--pod', 'default/web')).stdout).toContain('0000:01:10.0');
    expect((await tool(machine, '--container', 'c9')).stdout).toBe('Nothing is attached.');
    const all = JSON.parse((await tool(machine, '-o', 'json')).stdout);
    expect(all.map(({ state, why }: { state: string; why?: string }) => [state, why])).toEqual([
      ['living', undefined],
      ['dead', 'its namespace /run/netns/pod2 is gone'],
      ['unfinished', 'its ADD has not ended, or died half-way'],
    ]);
  },
);

const LIST = `VF            HELD BY      INTERFACE  NETWORK  ADDRESSES  SINCE              STATE
0000:01:10.0  default/web  net1       net      10.1.2.2   yyyy-mm-dd hh:mmZ  living
0000:01:10.2  c2           net1       net      10.1.2.3   yyyy-mm-dd hh:mmZ  dead
0000:01:10.4  c3           net1       other    -          yyyy-mm-dd hh:mmZ  unfinished`;

describe.concurrent('one attachment', () => {
  test('is shown with what was before, and with what DEL would do', async ({ machine }) => {
    await twoAttached(machine);
    await machine.inPod('ip link set net1 mtu 1400 promisc on');
    const { code, stdout } = await tool(machine, 'show', 'default/web');
    expect(code).toBe(0);
    expect(steady(stdout)).toBe(SHOWN);
  });

  test('is shown to programs as it is recorded', async ({ machine }) => {
    await twoAttached(machine);
    const { checksum, ...record } = JSON.parse(await readFile(machine.path(RECORD), 'utf8'));
    expect(JSON.parse((await tool(machine, 'show', 'c2', '-o', 'json')).stdout)).toEqual([record]);
  });

  test('that is not there is told so', async ({ machine }) => {
    const stderr = 'error: There is no attachment "c9". See: sriov attachments';
    for (const word of ['show', 'release', 'check']) {
      expect(await tool(machine, word, 'c9')).toEqual({ code: 1, stdout: '', stderr });
    }
  });
});

const SHOWN = `0000:01:10.0
    pod             default/web
    container       c1
    interface       net1
    network         net
    namespace       /run/netns/pod1 (inode <n>)
    state           living
    since           <since>
    addresses       10.1.2.2
    kept in         /var/lib/cni/networks/net
  Before it was attached
    link            vf0
                    MAC 02:00:00:00:01:00, MTU 1500, transmit queue of 1000, alias "", promiscuous off, all multicast off, multicast on, ARP on, XDP off, down
    through the PF  not touched
  DEL would now
    move net1 back to the host as vf0
    set vf0 on the host: MTU 1500
    set vf0 on the host: alias ""
    set vf0 on the host: promiscuous off
    release 10.1.2.2 in /var/lib/cni/networks
    remove the record`;

describe.concurrent('a check', () => {
  test('of what is as it was recorded finds nothing', async ({ machine }) => {
    await twoAttached(machine);
    const { code, stdout } = await tool(machine, 'check');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^VF .*\n.*10\.0 .* none\n.*10\.2 .* none\n\nNot checked: .*PF/);
  });

  test.for([
    ['the pod took its address away', 'ip address flush dev net1', 'net1 has no address 10.1.2.2'],
    ['the pod took it down', 'ip link set net1 down', 'The state of net1 is down, wanted up'],
    ['the pod renamed it', 'ip link set net1 name x', 'The name of the interface is x, wanted net1'],
    [
      'the store lost its address',
      'rm /var/lib/cni/networks/net/10.1.2.2',
      'The store in /var/lib/cni/networks does not hold 10.1.2.2 for it',
    ],
    [
      'somebody took its VF away',
      'ip link set net1 netns $$ name vf0; true',
      '0000:01:10.0 is not in its namespace /run/netns/pod1 any more',
    ],
  ] as const)('tells that %s', async ([, command, sentence], { machine }) => {
    await twoAttached(machine);
    await machine.sh(`nsenter --net=${netnsOf('pod1')} ${command}`);
    const { code, stdout } = await tool(machine, 'check', '0000:01:10.0', '-o', 'json');
    expect(code).toBe(3);
    expect(JSON.parse(stdout)[0].differences).toContain(sentence);
    expect((await tool(machine, 'check', 'c2')).code).toBe(0);
  });
});

describe.concurrent('a release', () => {
  test.for([
    ['namespace is gone', SANDBOX_ENDS, 'dead: its namespace /run/netns/pod2 is gone'],
    ['machine was booted since', REBOOT, 'of an earlier boot: the machine was booted since'],
  ] as const)(
    'of one whose %s is shown first, and restores everything',
    async ([, death, why], { machine }) => {
      const before = await withoutPod2(machine);
      attached(await machine.add(second));
      await machine.sh(death);
      const dead = await machine.snapshot();
      const { code, stdout } = await tool(machine, 'release', 'c2');
      expect(code).toBe(0);
      expect(stdout).toContain(
        `0000:01:10.2 (c2, net1 of network net, container c2) is ${why}. Releasing it would`,
      );
      expect(stdout).toContain(
        '\n  release 10.1.2.2 in /var/lib/cni/networks\n  remove the record\nNothing was changed.',
      );
      expect(await machine.snapshot()).toEqual(dead);
      const done = await tool(machine, 'release', '0000:01:10.2', '--yes');
      expect(done).toMatchObject({ code: 0, stdout: '0000:01:10.2 is released.' });
      expect(done.stderr).toContain('msg="DEL done"');
      expect(await withoutPod2(machine)).toEqual(before);
    },
  );

  test('of one whose ADD was killed half-way restores everything', async ({ machine }) => {
    const before = await machine.snapshot();
    await machine.interpose({ act: 'kill-after', step: 2 }, () => machine.add(second));
    expect((await tool(machine, 'release', 'c2')).stdout).toContain('is unfinished: its ADD has not ended');
    expect((await tool(machine, 'release', 'c2', '--yes')).code).toBe(0);
    expect(await machine.snapshot()).toEqual(before);
  });

  test('of a living one is refused by the name of its pod, unless it is forced', async ({ machine }) => {
    const before = await machine.snapshot();
    attached(await machine.add(first));
    const living = await machine.snapshot();
    for (const words of [[], ['--yes']]) {
      const { code, stderr } = await tool(machine, 'release', 'c1', ...words);
      expect([code, stderr]).toEqual([
        1,
        expect.stringContaining('0000:01:10.0 is in use: default/web lives.'),
      ]);
    }
    expect(await machine.snapshot()).toEqual(living);
    expect((await tool(machine, 'release', 'c1', '--yes', '--force')).code).toBe(0);
    expect(await machine.snapshot()).toEqual(before);
  });

  test('that cannot restore everything tells what is left, and keeps the record', async ({ machine }) => {
    attached(await machine.add(second));
    await machine.sh(SANDBOX_ENDS);
    const dead = await machine.snapshot();
    await machine.interpose({ act: 'refuse-from', step: 1 }, async () => {
      const { code, stderr } = await tool(machine, 'release', 'c2', '--yes');
      expect([code, stderr]).toEqual([
        1,
        expect.stringContaining('error: Cannot end the attachment of 0000:01:10.2: Cannot set vf1'),
      ]);
    });
    expect(await machine.snapshot()).toEqual(dead);
    expect((await tool(machine, 'release', 'c2', '--yes')).code).toBe(0);
  });

  test('goes on to its end when Ctrl-C ends the tool', async ({ machine }) => {
    const before = await withoutPod2(machine);
    attached(await machine.add(second));
    await machine.sh(SANDBOX_ENDS);
    const lock = RECORD.replace('.json', '.lock');
    const output = await machine.sh(`exec 9>${lock}; flock 9; set -m
      ${EXECUTABLE} attachments release c2 --yes >/run/out 2>&1 & tool=$!
      until grep -q -- "-> FLOCK .*:$(stat -c %i ${lock}) " /proc/locks; do sleep 0.01; done
      kill -INT -- -$tool; wait $tool || echo $?; test -e ${RECORD} && flock -u 9
      for ((n = 0; n < 500; n++)); do [ -e ${RECORD} ] || break; sleep 0.02; done; cat /run/out`);
    expect(output).toBe('130');
    expect(await withoutPod2(machine)).toEqual(before);
  });
});

test('a record that is damaged is told of, and hides no other', async ({ machine }) => {
  await twoAttached(machine);
  await writeFile(machine.path(RECORD), '{');
  const { code, stdout, stderr } = await tool(machine);
  expect([code, stderr]).toEqual([0, `warning: The record ${RECORD} is damaged`]);
  expect(stdout).toContain('0000:01:10.0');
  expect(await readFile(machine.path(RECORD), 'utf8')).toBe('{');
  expectSilence(await machine.del(first));
});
