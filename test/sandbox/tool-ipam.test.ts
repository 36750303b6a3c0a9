/** `sriov ipam list|show|check`, as the executable is shipped, on stores that it has filled. */
import { linkSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { confFile, first, LEAKED, leak, oneLivingOneDead, STORE, steady, tool } from './ipam-stage.ts';
import { machineTest, test } from './machine-test.ts';
import { attached } from './outcome.ts';

describe.concurrent('looking', () => {
  test('at a store that is sound finds nothing wrong', async ({ machine }) => {
    expect(await tool(machine, 'list')).toMatchObject({
      code: 0,
      stdout: 'No network holds addresses here, and none is configured.',
    });
    attached(await machine.add(first));
    expect(await tool(machine, 'check')).toMatchObject({ code: 0, stdout: 'Nothing is wrong.' });
    expect(await tool(machine, 'check', 'none')).toMatchObject({ code: 1, stdout: '' });
  });

  test('tells how full networks are, and who has which address (I16)', async ({ machine }) => {
    await oneLivingOneDead(machine);
    await machine.sh(`${leak()}; ${leak('10.201.7.78', '')}; ${confFile('net.json', first.netconf)}`);
    expect((await tool(machine, 'list', '--only-ours')).stdout).toBe(LIST);
    const { code, stdout } = await tool(machine, 'show', 'net', '--only-ours');
    expect(code).toBe(0);
    expect(steady(stdout)).toBe(SHOWN);
  });

  test('tells of a network that holds nothing, and of a configuration that is broken', async ({
    machine,
  }) => {
    await machine.sh(`echo '{ "name": "blue",, }' >/run/a.json`);
    expect(await tool(machine, 'list', '-f', '/run/a.json')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('error: /run/a.json:1:18: This is no JSON: '),
    });
    expect(await tool(machine, 'list', '-f', '/run/none.json')).toMatchObject({
      code: 1,
      stderr: 'error: Cannot read /run/none.json: no such file',
    });
    const blue = { name: 'blue', type: 'sriov', ipam: { type: 'host-local', subnet: '10.9.0.0/25' } };
    await machine.sh(`echo '${JSON.stringify(blue)}' >/run/a.json`);
    expect((await tool(machine, 'list', '-f', '/run/a.json')).stdout).toBe(BLUE);
    expect((await tool(machine, 'show', 'blue', '-f', '/run/a.json')).stdout).toBe(
      'Network blue holds no address.',
    );
  });

  test('tells everything that is wrong, with its cure', async ({ machine }) => {
    await oneLivingOneDead(machine);
    await machine.sh(`${leak()}; cd ${STORE}; rm 10.201.7.2; touch README; echo x >last_reserved_ip.0`);
    const { code, stdout } = await tool(machine, 'check', 'net', '--only-ours', '-o', 'wide');
    expect(code).toBe(3);
    expect(stdout).toBe(CHECKED);
  });

  test('changes nothing', async ({ machine }) => {
    await oneLivingOneDead(machine);
    await machine.sh(`${leak()}; ${leak('10.201.7.78', '')}`);
    const before = await machine.snapshot();
    for (const words of [
      ['list'],
      ['show', 'net'],
      ['check'],
      ['reclaim'],
      ['release', LEAKED, '--network', 'net', '--only-ours'],
    ]) {
      expect((await tool(machine, ...words)).stderr).toBe('');
    }
    expect(await machine.snapshot()).toEqual(before);
  });
});

const BLUE = `NETWORK  ADDRESSES  ATTACHMENTS  STALE  UNKNOWN  DAMAGED
blue     0          0            0      0        0

NETWORK  RANGES               SIZE  HELD  FREE  FULL
blue     10.9.0.1-10.9.0.126  125   0     125   0 %`;

const LIST = `NETWORK  ADDRESSES  ATTACHMENTS  STALE  UNKNOWN  DAMAGED
net      6          3            3      0        1

NETWORK  RANGES                                                SIZE                  HELD  FREE                  FULL
net      10.201.7.1-10.201.7.254                               253                   4     249                   1.5 %
net      2001:db8:c907::1-2001:db8:c907:0:ffff:ffff:ffff:ffff  18446744073709551614  2     18446744073709551612  0 %`;

const SHOWN = `ADDRESS           HELD BY      INTERFACE  SINCE              STATE    WHY
10.201.7.2        default/web  net1       yyyy-mm-dd hh:mmZ  held     -
10.201.7.3        c2           net1       yyyy-mm-dd hh:mmZ  stale    its namespace /run/netns/pod2 is gone
10.201.7.77       c9           net1       yyyy-mm-dd hh:mmZ  stale    no record of it, and no namespace has the address
10.201.7.78       -            -          yyyy-mm-dd hh:mmZ  damaged  it names nobody, and no namespace has the address
2001:db8:c907::2  default/web  net1       yyyy-mm-dd hh:mmZ  held     -
2001:db8:c907::3  c2           net1       yyyy-mm-dd hh:mmZ  stale    its namespace /run/netns/pod2 is gone`;

const CHECKED = `NETWORK  WHAT                IS             WHY                                                                         CURE
net      10.201.7.3          stale          its namespace /run/netns/pod2 is gone                                       sriov ipam reclaim net --yes
net      10.201.7.77         stale          no record of it, and no namespace has the address                           sriov ipam reclaim net --only-ours --yes
net      2001:db8:c907::3    stale          its namespace /run/netns/pod2 is gone                                       sriov ipam reclaim net --yes
net      10.201.7.2          missing        the record of 0000:01:10.0 lists it, and the store does not hold it for c1  restart the pod
net      last_reserved_ip.0  of no meaning  it tells no last address: the next one is looked for from the start         look at it, and remove /var/lib/cni/networks/net/last_reserved_ip.0
net      README              of no meaning  nobody who shares the store has such files                                  look at it, and remove /var/lib/cni/networks/net/README`;

machineTest({ store: 'size=300m,nr_inodes=200k' })(
  'a store with 60 000 addresses is shown, with progress',
  { timeout: 120_000 },
  async ({ machine }) => {
    await machine.sh(leak('10.202.0.0'));
    const file = (n: number) => machine.path(`${STORE}/10.202.${n >> 8}.${n & 255}`);
    for (let n = 1; n < 60_000; n++) linkSync(file(0), file(n));
    const { stdout, stderr } = await tool(machine, 'list', '-o', 'json');
    expect(stderr).toBe('Reading 60000 files of network net ...');
    expect(JSON.parse(stdout)).toMatchObject([{ addresses: 60_000, attachments: 1, unknown: 60_000 }]);
    const shown = await tool(machine, 'show', 'net');
    expect(shown.stdout.split('\n')).toHaveLength(60_001);
  },
);
