/** `sriov attachments list|show|check`, as the executable is shipped, with attachments that it made. */
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect } from 'vitest';
import { first, RECORD, SANDBOX_ENDS, steady, tool, twoAttached } from './attachments-stage.ts';
import { netnsOf } from './machine.ts';
import { machineTest, test } from './machine-test.ts';
import { network } from './networks.ts';
import { expectSilence } from './outcome.ts';

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
    expect((await tool(machine, '--container', 'c9')).stdout).toBe('No attachment of container "c9".');
    expect(await tool(machine, 'list', '--pod', 'web')).toMatchObject({ code: 2, stdout: '' });
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
    release 10.1.2.2 of /var/lib/cni/networks/net
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

test('a record that is damaged is told of, and hides no other', async ({ machine }) => {
  await twoAttached(machine);
  await writeFile(machine.path(RECORD), '{');
  const { code, stdout, stderr } = await tool(machine);
  expect([code, stderr]).toEqual([0, `warning: The record ${RECORD} is damaged`]);
  expect(stdout).toContain('0000:01:10.0');
  expect(await readFile(machine.path(RECORD), 'utf8')).toBe('{');
  expectSilence(await machine.del(first));
});
