/** What a program in a pod with NET_ADMIN may do to its interface: DEL puts it right. */
import { describe, expect } from 'vitest';
import { netnsOf } from './machine.ts';
import { test } from './machine-test.ts';
import { IPV4, network, TUTORIAL } from './networks.ts';
import { attached, expectSilence } from './outcome.ts';
import { withAltnames } from './steps.ts';

const DEEDS = [
  ['renames it', 'ip link set net1 down; ip link set net1 name other up'],
  ['gives it the name that the link has on the host', 'ip link set net1 down; ip link set net1 name vf0'],
  ['gives it another MAC (PAIN-17, PAIN-18)', 'ip link set net1 address 02:00:00:00:00:99'],
  ['gives it another MTU', 'ip link set net1 mtu 1280'],
  ['sets it down', 'ip link set net1 down'],
  ['makes it promiscuous', 'ip link set net1 promisc on'],
  ['lets it take all multicasts', 'ip link set net1 allmulticast on'],
  ['gives it altnames', 'ip link property add dev net1 altname one altname two'],
  [
    'gives it the altname that the link has as its name on the host (PAIN-30)',
    'ip link property add dev net1 altname vf0',
  ],
  [
    'gives it an altname that a link on the host has as its name',
    'ip link property add dev net1 altname pf0',
  ],
  ['takes its altname', 'ip link property del dev net1 altname enp1s16'],
  [
    'gives it more addresses and routes',
    'ip addr add 10.99.0.1/24 dev net1; ip route add 10.98.0.0/16 dev net1',
  ],
  [
    'puts it below a bridge',
    'ip link add br0 type bridge; ip link set net1 master br0; ip link set net1 nomaster; ip link del br0',
  ],
  [
    'does all of it',
    'ip link set net1 down; ip link set net1 name other address 02:00:00:00:00:99 mtu 1280 promisc on allmulticast on; ' +
      'ip link property add dev other altname one altname vf1; ip link property del dev other altname enp1s16',
  ],
] as const;

const pod = { netconf: network({ mtu: 1400, ipam: IPV4 }) };

describe.concurrent('DEL restores the VF when the pod', () => {
  test.for(DEEDS)('%s', async ([, script], { machine }) => {
    await withAltnames(machine);
    const before = await machine.snapshot();
    attached(await machine.add(pod));
    await machine.sh(`nsenter --net=${netnsOf('pod1')} bash --norc -euc '${script}'`);
    expectSilence(await machine.del(pod));
    expect(await machine.snapshot()).toEqual(before);
  });

  test('gives it another alias, which alone tells which VF a veth is', async ({ machine }) => {
    attached(await machine.add(pod));
    const before = await machine.snapshot();
    await machine.sh(`nsenter --net=${netnsOf('pod1')} ip link set net1 alias mine`);
    expect((await machine.del(pod)).code).toBe(1);
    await machine.sh(`nsenter --net=${netnsOf('pod1')} ip link set net1 alias "$(
      grep -o 'sriov/[^"]*' <<<'${JSON.stringify(before.pods['pod1']?.links)}')"`);
    expectSilence(await machine.del(pod));
  });
});

const BY_PROCESS = `nsenter --net=${netnsOf('pod1')} sleep 60 >/dev/null 2>&1 &
  until [[ $(readlink /proc/$!/ns/net) != "$(readlink /proc/$$/ns/net)" ]]; do sleep 0.01; done
  ip netns del pod1; echo /proc/$!/ns/net`;
const BY_MOUNT = `touch "/run/other path"; mount --bind ${netnsOf('pod1')} "/run/other path"
  ip netns del pod1; echo "/run/other path"`;

describe.concurrent('the path of the sandbox', () => {
  test.for([
    ['is gone, but a mount holds it', BY_MOUNT],
    ['is gone, but a process holds it', BY_PROCESS],
    ['is that of another one, but a process holds it', `${BY_PROCESS}; ip netns add pod1`],
  ] as const)('%s: DEL finds the VF there', async ([, script], { machine }) => {
    const before = await machine.snapshot();
    attached(await machine.add(pod));
    const path = await machine.sh(script);
    const { code, stderr } = await machine.del(pod);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining(`is in ${path}, not where`),
    });
    const { pods: _, ...host } = await machine.snapshot();
    expect(host).toEqual({ links: before.links, sys: before.sys, state: before.state });
    const [, pid] = /^\/proc\/(\d+)\//.exec(path) ?? [];
    if (pid) process.kill(Number(pid));
  });
});

describe.concurrent('settings of the link that were there before ADD', () => {
  test('are there again after DEL (F2, F13, PAIN-38)', async ({ machine }) => {
    await machine.sh('ip link set vf0 up mtu 1450 promisc on allmulticast on alias "my link"');
    const before = await machine.snapshot();
    attached(await machine.add(pod));
    await machine.sh(
      `nsenter --net=${netnsOf('pod1')} ip link set net1 promisc off allmulticast off mtu 1300 down`,
    );
    expectSilence(await machine.del(pod));
    expect(await machine.snapshot()).toEqual(before);
  });
});

describe.concurrent('a record that is', () => {
  const RECORD = '/var/lib/cni/sriov-attachments/0000:01:10.0.json';

  test.for([
    ['gone', `rm ${RECORD}`, []],
    ['empty', `: >${RECORD}`, ['sriov-attachments/0000:01:10.0.json.damaged']],
    ['cut off', `truncate -s 100 ${RECORD}`, ['sriov-attachments/0000:01:10.0.json.damaged']],
  ] as const)(
    '%s does not keep DEL from restoring the VF (DEF-6, DEF-12, PAIN-10)',
    async ([, script, left], { machine }) => {
      const before = await machine.snapshot();
      attached(await machine.add({ netconf: TUTORIAL }));
      await machine.sh(script);
      expectSilence(await machine.del({ netconf: TUTORIAL }));
      const { state, ...after } = await machine.snapshot();
      expect({ ...after, state: {} }).toEqual(before);
      expect(Object.keys(state)).toEqual(left);
    },
  );
});
