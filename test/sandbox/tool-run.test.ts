/** The plugin, started by a person. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { describe, expect } from 'vitest';
import { EXECUTABLE, type Machine } from './machine.ts';
import { test } from './machine-test.ts';
import { network, TUTORIAL } from './networks.ts';

const NETCONF = { ...network({ ipam: { subnet: '10.1.2.0/24' } }), deviceID: undefined };
const POD = ['--netns', 'pod1', '--device', '0000:01:10.0'];

type Asked = { readonly netconf?: object; readonly words?: readonly string[] };

async function run(machine: Machine, command: string, { netconf = NETCONF, words = [] }: Asked = {}) {
  await writeFile(machine.path('/run/net.json'), JSON.stringify(netconf));
  return machine.run([EXECUTABLE, 'run', command, '-f', '/run/net.json', ...POD, ...words]);
}

describe.concurrent('run', () => {
  test('shows result, log and time of ADD, hands the result on, and keeps it until DEL', async ({
    machine,
  }) => {
    const before = await machine.snapshot();
    const added = await run(machine, 'ADD');
    expect(added.code, added.stderr).toBe(0);
    expect(JSON.parse(added.stdout).interfaces).toMatchObject([{ name: 'net1', sandbox: '/run/netns/pod1' }]);
    expect(added.stderr).toMatch(
      /msg="move vf0 into the sandbox as net1"[\s\S]*\nADD succeeded after \d+ ms$/,
    );
    expect(await machine.sh('ls /run/sriov; stat -c %a /run/sriov /run/sriov/*')).toBe(
      `${createHash('sha256').update('["net","run-pod1","net1"]').digest('hex')}.json\n700\n600`,
    );
    expect(await run(machine, 'CHECK')).toMatchObject({ code: 0, stdout: '' });
    await machine.inPod('ip link set net1 mtu 1300');
    await machine.inPod('ip address flush dev net1');
    const checked = await run(machine, 'CHECK');
    expect(checked).toMatchObject({ code: 1, stderr: expect.stringContaining('CHECK failed') });
    expect(JSON.parse(checked.stdout)).toMatchObject({ code: 103 });
    expect(await run(machine, 'DEL')).toMatchObject({ code: 0, stdout: '' });
    expect(await machine.sh('ls /run/sriov')).toBe('');
    expect(await machine.snapshot()).toEqual(before);
  });

  test('names of any length have a result that is kept', async ({ machine }) => {
    const netconf = { ...NETCONF, name: 'n'.repeat(200) };
    const asked = { netconf, words: ['--container-id', 'c'.repeat(64)] };
    const added = await run(machine, 'ADD', asked);
    expect(added.code, added.stderr).toBe(0);
    expect(JSON.parse(added.stdout).interfaces).toHaveLength(1);
    expect(await run(machine, 'CHECK', asked)).toMatchObject({ code: 0 });
    expect(await run(machine, 'DEL', asked)).toMatchObject({ code: 0 });
    expect(await machine.sh('ls /run/sriov')).toBe('');
  });

  test.for([
    ['is damaged', 'for one in /run/sriov/*; do echo "{" >$one; done'],
    ['cannot be read', 'for one in /run/sriov/*; do rm $one; mkdir $one; done'],
  ])('a kept result that %s stops no DEL', async ([, damage = ''], { machine }) => {
    const before = await machine.snapshot();
    expect((await run(machine, 'ADD')).code).toBe(0);
    await machine.sh(damage);
    const deleted = await run(machine, 'DEL');
    expect(deleted.code, deleted.stderr).toBe(0);
    expect(deleted.stderr).toMatch(/^warning: Cannot read the kept result \/run\/sriov\/\w{64}\.json: /);
    expect(await machine.snapshot()).toEqual(before);
  });

  test('a result that cannot be kept is shown, and told', async ({ machine }) => {
    await machine.sh('echo >/run/sriov');
    const added = await run(machine, 'ADD');
    expect([added.code, JSON.parse(added.stdout).interfaces.length]).toEqual([0, 1]);
    expect(added.stderr).toMatch(/ADD succeeded after .*\nwarning: Cannot keep the result in /);
  });

  test('a path of a namespace may be relative', async ({ machine }) => {
    await writeFile(machine.path('/run/net.json'), JSON.stringify(NETCONF));
    const words = `run ADD -f net.json --netns ./netns/pod1 --device 0000:01:10.0`;
    const result = JSON.parse(await machine.sh(`cd /run; ${EXECUTABLE} ${words}`));
    expect(result.interfaces).toMatchObject([{ sandbox: '/run/netns/pod1' }]);
  });

  test('shows what the plugin refuses, and ends with 1', async ({ machine }) => {
    const { code, stdout, stderr } = await run(machine, 'ADD', { netconf: { ...TUTORIAL, vlan: 5000 } });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ code: 7, details: expect.stringContaining('vlan') });
    expect(stderr).toMatch(/ADD failed after \d+ ms$/);
  });

  test('tells what to do first, or instead, in words of the command line', async ({ machine }) => {
    const checked = await run(machine, 'CHECK');
    expect([checked.code, checked.stderr]).toEqual([
      1,
      'error: No result of an ADD is kept for net1 in pod1: run ADD first',
    ]);
    const words = ['run', 'ADD', '-f', '/run/net.json', '--netns', 'pod1'];
    const added = await machine.run([EXECUTABLE, ...words]);
    expect([added.code, added.stdout]).toEqual([1, '']);
    expect(added.stderr).toMatch(
      / no deviceID that .*: name a VF by --device, as Multus does\. sriov discover /,
    );
    const other = await machine.run([EXECUTABLE, ...words, '--device', '0000:01:1f.0']);
    expect(JSON.parse(other.stdout)).toMatchObject({ code: 106 });
    expect(other.stderr).toMatch(/ADD failed after .*\nsriov discover shows the VFs of this machine\.$/);
  });

  test('Ctrl-C does not stop what has begun', async ({ machine }) => {
    await writeFile(machine.path('/run/net.json'), JSON.stringify(NETCONF));
    // The lock of the VF is held for a while: ADD waits. The signal goes to the whole group, as a terminal sends it.
    const script = `mkdir -p /var/lib/cni/sriov-attachments
      flock /var/lib/cni/sriov-attachments/0000:01:10.0.lock sleep 2 &
      sleep 0.3
      setsid ${EXECUTABLE} run ADD -f /run/net.json ${POD.join(' ')} >/run/result 2>/run/log & started=$!
      sleep 1
      kill -INT -- -$started
      wait $started
      tail -n 1 /run/log; grep -c 'goes on until it is done' /run/log; ip -n pod1 -br link show net1 | cut -d' ' -f1`;
    expect((await machine.sh(script)).replace(/\d+ ms/, 'N ms')).toMatch(
      /^ADD succeeded after N ms\n1\nnet1/,
    );
  });

  test.for([
    [['run', 'GC', '-f', 'x', '-n', 'y'], /Allowed choices are ADD, CHECK, DEL/],
    [['run', 'ADD', '-f', 'x'], /required option '-n, --netns/],
  ] as const)('%j is wrong usage', async ([words, complaint], { machine }) => {
    const { code, stdout, stderr } = await machine.run([EXECUTABLE, ...words]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(complaint);
  });

  test('a file that is not there is said, and ends with 1', async ({ machine }) => {
    const { code, stderr } = await machine.run([EXECUTABLE, 'run', 'ADD', '-f', '/none.json', ...POD]);
    expect(code).toBe(1);
    expect(stderr).toBe('error: Cannot read /none.json: no such file');
  });
});
