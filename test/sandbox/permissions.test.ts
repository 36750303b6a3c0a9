/** Modes of what is written, links that lead elsewhere, and what of the caller's environment reaches the programs we start. */
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { describe, expect } from 'vitest';
import { EXECUTABLE, type Machine, OWN_PLUGINS } from './machine.ts';
import { test } from './machine-test.ts';
import { IPV4, network } from './networks.ts';
import { attached, expectSilence, refused } from './outcome.ts';
import { plantPlugin } from './plant-plugin.ts';

const INFO_DIR = '/run/k8s.cni.cncf.io/devinfo/cni';
const INFO_FILE = `/var${INFO_DIR}/net-c1_net1`;
const LOG_FILE = '/run/logs/sriov.log';

const pod = {
  netconf: network({
    ipam: IPV4,
    logFile: LOG_FILE,
    capabilities: { CNIDeviceInfoFile: true },
    runtimeConfig: { CNIDeviceInfoFile: INFO_FILE },
  }),
};

describe.concurrent('what is written has modes of its own', () => {
  test.for(['0000', '0777', '0022'])('whatever the umask of the caller: %s', async (umask, { machine }) => {
    await plantPlugin(machine, 'sriov', `#!/bin/bash\numask ${umask}\nexec ${EXECUTABLE}\n`);
    await machine.sh('mkdir -m 1775 /var/lib/cni/networks');
    attached(await machine.add({ ...pod, plugin: `${OWN_PLUGINS}/sriov` }));
    const written = await machine.sh(
      `find /var/lib/cni /run/k8s.cni.cncf.io /run/logs -mindepth 1 -printf '%p %m\\n' | LC_ALL=C sort`,
    );
    expect(written.split('\n')).toEqual([
      '/run/k8s.cni.cncf.io/devinfo 755',
      `${INFO_DIR} 755`,
      `${INFO_DIR}/net-c1_net1 644`,
      `${LOG_FILE} 600`,
      '/var/lib/cni/networks 1775',
      '/var/lib/cni/networks/net 755',
      '/var/lib/cni/networks/net/.reserving 700',
      '/var/lib/cni/networks/net/10.1.2.2 600',
      '/var/lib/cni/networks/net/last_reserved_ip.0 600',
      '/var/lib/cni/networks/net/lock 600',
      '/var/lib/cni/sriov-attachments 700',
      '/var/lib/cni/sriov-attachments/0000:01:10.0.json 600',
      '/var/lib/cni/sriov-attachments/0000:01:10.0.lock 600',
    ]);
    expect(await machine.sh('stat -c %a /run/logs')).toBe('755');
  });
});

describe.concurrent('a symbolic link is not followed, if it stands where we write', () => {
  const VICTIM = '/run/victim';

  async function withLinkAt(machine: Machine, path: string): Promise<() => string> {
    await machine.sh(`mkdir -p "$(dirname ${path})"; : >${VICTIM}; ln -s ${VICTIM} ${path}`);
    return () => readFileSync(machine.path(VICTIM), 'utf8');
  }

  test.for([
    ['the lock of a device', '/var/lib/cni/sriov-attachments/0000:01:10.0.lock'],
    ['the lock of the store', '/var/lib/cni/networks/net/lock'],
  ] as const)('%s: ADD is refused, with no trace', async ([, path], { machine }) => {
    const victim = await withLinkAt(machine, path);
    const { links, pods } = await machine.snapshot();
    expect(refused(await machine.add(pod), 'input-output')).toContain('ELOOP');
    expect(victim()).toBe('');
    expect(await machine.snapshot()).toMatchObject({ links, pods });
  });

  test.for([
    ['the log', LOG_FILE],
    ['the draft of device information', `${INFO_DIR}/net-c1_net1.new`],
    ['device information', `${INFO_DIR}/net-c1_net1`],
  ] as const)('%s: ADD goes on without it', async ([, path], { machine }) => {
    const victim = await withLinkAt(machine, path);
    const { code } = await machine.add(pod);
    expect([code, victim()]).toEqual([0, '']);
    expectSilence(await machine.del(pod));
    expect(victim()).toBe('');
  });
});

describe.concurrent('logFile', () => {
  test.for([
    ['a file that programs are told by what to load', '/etc/ld.so.preload'],
    ['a job', '/etc/cron.d/job'],
    ['a network of the runtime', '/etc/cni/net.d/00-net.conflist'],
    ['an empty file', '/etc/empty'],
    ['a file of others', '/etc/passwd'],
    ['a device', '/etc/device.log'],
  ])('cannot make, nor add to, %s', async ([, logFile = ''], { machine }) => {
    await machine.sh(`
      cp -a /etc /run/etc; mount --bind /run/etc /etc
      : >/etc/empty; mknod /etc/device.log c 1 7; mkdir -p /etc/cron.d`);
    const look = () => machine.sh('cd /etc; find . -printf "%p %s %t\\n" | sort');
    const before = await look();
    const outcome = await machine.add({ netconf: { ...pod.netconf, logFile } });
    expect(outcome.code).toBe(0);
    expect(outcome.stderr).toContain(`Cannot log to ${logFile}: it is no`);
    expect(await look()).toBe(before);
  });
});

describe.concurrent('the programs that do our work', () => {
  const PROGRAMS = ['ip', 'nsenter', 'flock', 'tee'];

  test('are not looked for in the PATH of the caller', async ({ machine }) => {
    await machine.sh('mkdir /run/evil');
    for (const program of PROGRAMS) {
      const script = `#!/bin/bash\n: >/run/evil/ran\nexec /usr/bin/${program} "$@"\n`;
      await writeFile(machine.path(`/run/evil/${program}`), script, { mode: 0o755 });
    }
    const call = { ...pod, env: { PATH: '/run/evil:/usr/sbin:/usr/bin' } };
    attached(await machine.add(call));
    expectSilence(await machine.del(call));
    expect(existsSync(machine.path('/run/evil/ran'))).toBe(false);
  });

  test('get an environment that is not the caller’s', async ({ machine }) => {
    const script =
      '#!/bin/bash\ntr "\\0" "\\n" </proc/$$/environ >>/run/environment\nexec /run/real/ip "$@"\n';
    await writeFile(machine.path('/run/spy'), script, { mode: 0o755 });
    await machine.sh('mount --bind /run/spy "$(readlink -f /usr/sbin/ip)"');
    const env = {
      LD_PRELOAD: '/none.so',
      LD_LIBRARY_PATH: '/none',
      NODE_OPTIONS: '--require /none.js',
      BASH_ENV: '/none',
      IPROUTE2_CONF: '/none',
      TC_LIB_DIR: '/none',
    };
    attached(await machine.add({ ...pod, env }));
    const seen = readFileSync(machine.path('/run/environment'), 'utf8').trim().split('\n');
    expect(new Set(seen)).toEqual(new Set(['LC_ALL=C', 'PATH=/usr/sbin:/sbin:/usr/bin:/bin']));
  });

  test('an IPAM plugin alone gets all of the caller’s, and needs no TMPDIR that is there', async ({
    machine,
  }) => {
    const answer = '{"cniVersion":"1.1.0","ips":[{"address":"10.1.2.9/24"}]}';
    await plantPlugin(machine, 'given', `#!/bin/bash\nenv >/run/environment\necho '${answer}'\n`);
    const env = { TMPDIR: '/none', OF_THE_RUNTIME: 'yes' };
    attached(await machine.add({ netconf: network({ ipam: { type: 'given' } }), env }));
    const seen = readFileSync(machine.path('/run/environment'), 'utf8');
    expect(seen).toContain('OF_THE_RUNTIME=yes\n');
    expect(seen).toContain('TMPDIR=/none\n');
  });
});
