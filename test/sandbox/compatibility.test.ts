/** What users of the established plugins ask for, and no other test shows: see docs/compatibility.md. */
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect } from 'vitest';
import { ipamCall, withHostLocal } from './as-host-local.ts';
import { framesFrom } from './frames.ts';
import { EXECUTABLE, type Machine, netnsOf } from './machine.ts';
import { test } from './machine-test.ts';
import { ALL_SETTINGS, IPV4, IPV6, network } from './networks.ts';
import { addressesOf, attached, expectSilence, refused } from './outcome.ts';
import { plantPf } from './planted-pf.ts';
import { moveOf, STEPS, withAltnames } from './steps.ts';

const pod = { netconf: network({ ipam: IPV4 }) };

test('--version tells the version and those of the protocol, on standard output (F38)', async ({
  machine,
}) => {
  const { code, stdout } = await machine.run([EXECUTABLE, '--version']);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^SR-IOV CNI plugin \d+\.\d+\.\d+, on Node v24\.\S+: .*\n.*supported: 0\.1\.0, .*1\.1\.0$/,
  );
});

test('the interface is never seen under a third name, nor in a third namespace (DEF-23, PAIN-3, PAIN-31, PAIN-32)', async ({
  machine,
}) => {
  const pass = { act: 'pass', step: 0 } as const;
  const changes = [
    ...(await machine.interpose(pass, () => machine.add(pod))),
    ...(await machine.interpose(pass, () => machine.del(pod))),
  ];
  expect(changes.filter((change) => /\b(netns|name)\b/.test(change))).toEqual([
    expect.stringMatching(/^link set dev vf0 netns \S+ name net1$/),
    expect.stringMatching(/^link set dev net1 netns \S+ name vf0$/),
  ]);
});

test('DEL restores a VF that is still below a bridge of the pod, which changed its MAC (PAIN-55)', async ({
  machine,
}) => {
  const before = await machine.snapshot();
  attached(await machine.add(pod));
  await machine.inPod('ip link add br0 type bridge');
  await machine.inPod('ip link set net1 master br0 address 02:00:00:00:00:99');
  expectSilence(await machine.del(pod));
  await machine.inPod('ip link del br0');
  expect(await machine.snapshot()).toEqual(before);
});

describe.concurrent('of two default routes the pod uses (multus #1400)', () => {
  test.for([
    ['that of the network, of IPv4', IPV4, {}, '8.8.8.8', 'net1'],
    ['that of the network, of IPv6', IPV6, {}, '2001:4860::8', 'net1'],
    ['its own if the other has a higher metric, of IPv4', IPV4, { priority: 2000 }, '8.8.8.8', 'eth0'],
    ['its own if the other has a higher metric, of IPv6', IPV6, { priority: 2000 }, '2001:4860::8', 'eth0'],
  ] as const)('%s', async ([, range, metric, far, wanted], { machine }) => {
    await machine.sh(`ip link add eth0p type veth peer name eth0 netns pod1; ip link set eth0p up
      exec nsenter --net=${netnsOf('pod1')} bash --norc -euc '
        ip link set eth0 up
        ip addr add 10.50.0.2/24 dev eth0; ip route add default via 10.50.0.1
        ip addr add 2001:db8:50::2/64 dev eth0 nodad; ip -6 route add default via 2001:db8:50::1'`);
    const dst = far.includes(':') ? '::/0' : '0.0.0.0/0';
    attached(await machine.add({ netconf: network({ ipam: { ...range, routes: [{ dst, ...metric }] } }) }));
    expect(await machine.inPod(`ip route get ${far}`)).toContain(`dev ${wanted} `);
  });
});

/** Puts a script in the place of `ip`; /run/real/ip is the real one. */
async function replaceIp(machine: Machine, script: string): Promise<void> {
  await writeFile(machine.path('/run/replaced-ip'), `#!/bin/bash\n${script}`, { mode: 0o755 });
  await machine.sh('mount --bind /run/replaced-ip "$(readlink -f /usr/sbin/ip)"');
}

/** What was set before, then what the plugin set, in order. */
const toldOf = (machine: Machine, vf: number) => readFile(machine.path(`/run/pf/${vf}`), 'utf8');

describe.concurrent('the PF', () => {
  test.for([
    ['the protocol of an 802.1q VLAN (F7, PAIN-21)', { vlan: 5, vlanProto: '802.1q' }, 'vlan=5\nqos=0\n'],
    ['a rate of 0 where there is none (PAIN-23)', { min_tx_rate: 0, max_tx_rate: 0 }, ''],
    ['a link state that is there anyway (PAIN-24)', { link_state: 'auto' }, ''],
    ['the dashes of a MAC (DEF-15)', { mac: '02-00-00-00-AA-01' }, 'mac=02:00:00:00:aa:01\n'],
  ] as const)('is not told %s', async ([, settings, told], { machine }) => {
    await plantPf(machine, { 0: '' });
    attached(await machine.add({ netconf: network(settings) }));
    expect(await toldOf(machine, 0)).toBe(told);
  });

  test('may list fewer VFs than it has: they are told by their numbers (DEF-19)', async ({ machine }) => {
    const second = { netconf: network({ vf: 1, vlan: 5 }) };
    await plantPf(machine, { 1: 'vlan=7\n' });
    refused(await machine.add({ netconf: network({ vlan: 5 }) }), 'device-unfit');
    attached(await machine.add(second));
    expectSilence(await machine.del(second));
    expect(await toldOf(machine, 1)).toBe('vlan=7\nvlan=5\nqos=0\nvlan=7\nqos=0\n');
  });

  test.for([
    ['is not asked without settings', {}, false],
    ['is asked if there are some', { vlan: 5 }, true],
  ] as const)('%s (PAIN-44)', async ([, settings, isAsked], { machine }) => {
    await replaceIp(machine, 'set -o pipefail; tee -a /run/asked | /run/real/ip "$@"');
    await machine.add({ netconf: network(settings) });
    const asked = await readFile(machine.path('/run/asked'), 'utf8');
    expect(asked).toContain('show dev vf0');
    expect(asked.includes('show dev pf0')).toBe(isAsked);
  });
});

test('representors of a PF are not taken for its link (DEF-16, PAIN-29)', async ({ machine }) => {
  const links = '/sys/bus/pci/devices/0000:01:00.0/net';
  await machine.sh(`mkdir ${links}/a0; echo pf0vf0 >${links}/a0/phys_port_name`);
  const before = await machine.snapshot();
  expect(refused(await machine.add(pod), 'device-unfit')).toMatch(/PF pf0 .*switchdev/);
  expect(await machine.snapshot()).toEqual(before);
});

test('a VF for InfiniBand is refused, with the plugin to use (PAIN-22)', async ({ machine }) => {
  const infiniband = 's/"link_type":"ether"/"link_type":"infiniband"/';
  await replaceIp(machine, `set -o pipefail; /run/real/ip "$@" | sed -u '${infiniband}'`);
  const before = await machine.snapshot();
  expect(refused(await machine.add(pod), 'device-unfit')).toContain('Use the plugin ib-sriov');
  expect(await machine.snapshot()).toEqual(before);
});

test('a VF that is busy for a moment is asked again (PAIN-16)', async ({ machine }) => {
  await replaceIp(
    machine,
    `[[ $* == *'-batch -' ]] || exec /run/real/ip "$@"
    while IFS= read -r line; do
      ((++number))
      if [[ $line == *' netns '* ]] && mkdir /run/was-busy; then
        printf '%s\n' 'RTNETLINK answers: Device or resource busy' "Command failed -:$number" >&2
        exit 1
      fi
      /run/real/ip "$@" <<<"$line" || exit 1
    done`,
  );
  attached(await machine.add(pod));
  await machine.sh('test -d /run/was-busy');
});

test('what the kernel refuses is told with the command to try by hand (PAIN-20)', async ({ machine }) => {
  await machine.interpose({ act: 'refuse', step: 1 }, async () => {
    expect(refused(await machine.add(pod), 'kernel-refused')).toMatch(
      /: Operation not permitted \(ip link set dev vf0 alias \S+\)$/,
    );
  });
});

test('DEL goes on after a refusal, and tells all (DEF-18)', async ({ machine }) => {
  await withAltnames(machine);
  attached(await machine.add({ netconf: ALL_SETTINGS }));
  const move = moveOf(STEPS.del);
  await machine.interpose({ act: 'refuse-from', step: move + 1 }, async () => {
    const details = refused(await machine.del({ netconf: ALL_SETTINGS }), 'undo-incomplete');
    expect(details.split('; ')).toEqual(
      STEPS.del.slice(move).map(() => expect.stringMatching(/^Cannot .*: Operation not permitted /)),
    );
  });
});

test('ARP is announced again whenever the pod sets its link up (F27, PAIN-43)', async ({ machine }) => {
  await machine.sh('ip link set vf0p down');
  attached(await machine.add(pod));
  await machine.sh('ip link set vf0p up');
  const frames = await framesFrom(machine, '02:00:00:00:01:00', async () => {
    await machine.inPod('ip link set net1 down');
    await machine.inPod('ip link set net1 up');
  });
  expect(frames).toContainEqual(expect.stringContaining('Request who-has 10.1.2.2 tell 10.1.2.2,'));
  expect(await machine.inPod('cat /proc/sys/net/ipv6/conf/net1/ndisc_notify')).toBe('1');
});

describe.concurrent('in the store', () => {
  const NET = '/var/lib/cni/networks/net';

  test('an empty reservation is given to nobody, and collected (I6)', async ({ machine }) => {
    await machine.sh(`mkdir -p ${NET}; touch ${NET}/10.1.2.2`);
    expect(addressesOf(attached(await machine.add(pod)))).toEqual(['10.1.2.3']);
    const valid = [{ containerID: 'c1', ifname: 'net1' }];
    expectSilence(
      await machine.cni('GC', { netconf: { ...pod.netconf, 'cni.dev/valid-attachments': valid } }),
    );
    expect(await machine.sh(`ls ${NET} | grep ^10`)).toBe('10.1.2.3');
  });

  test('an ADD that comes again, and is refused, leaves the container its address (I7)', async ({
    machine,
  }) => {
    await withHostLocal(machine);
    attached(await machine.add(ipamCall(IPV4)));
    const { state } = await machine.snapshot();
    refused(await machine.add(ipamCall(IPV4)), 'address-taken');
    expect((await machine.snapshot()).state).toEqual(state);
  });

  // Who opens a FIFO waits for its writer.
  test('no reservation of others is opened, however many there are (I9)', async ({ machine }) => {
    await machine.sh(`mkdir -p ${NET}; mkfifo ${NET}/10.1.{2,3}.{2..254}`);
    const big = { netconf: network({ ipam: { subnet: '10.1.2.0/23' } }) };
    expect(addressesOf(attached(await machine.add(big)))).toEqual(['10.1.2.255']);
    expectSilence(await machine.del(big));
  });
});
