import { describe, expect, test } from 'vitest';
import { PciAddress } from '../../../schemas/words.ts';
import type { Change } from '../../../src/attachment/change.ts';
import type { Vf } from '../../../src/attachment/observed.ts';
import { createSessions } from '../../../src/host/ip-sessions.ts';
import { createLinuxHost } from '../../../src/host/linux-host.ts';
import { createSandboxes } from '../../../src/host/netns.ts';
import type { Child, Ended } from '../../../src/host/run-child.ts';
import { createIp } from '../../../src/host/run-ip.ts';
import { createWriteSysctl } from '../../../src/host/sysctl.ts';
import { emptyDirectory } from '../ipam/directories.ts';
import { plant, programs, recorded, sysfsOf } from './recorded.ts';

const SANDBOX = { path: '/run/netns/pod', fd: 23, inode: 4026532000 };

function hostOver(end?: (child: Child) => Partial<Ended>) {
  const { run, converse, started } = programs(end);
  const sessions = createSessions(converse);
  const inherited = () => ({ locks: [21], home: 22 });
  const sys = plant(`${emptyDirectory()}/sys`, sysfsOf('igb'));
  const host = createLinuxHost({
    sys,
    ip: createIp({ run, sessions, inherited, numberOfLink: () => undefined }),
    writeSysctl: createWriteSysctl(run, inherited),
    sandboxes: createSandboxes(false, sessions.endHolders),
    mustHaveTime: () => {},
  });
  return { host, started };
}

const inputs = (started: readonly Child[]) => started.map(({ program, input }) => `${program}: ${input}`);

function vfOf({ host }: ReturnType<typeof hostOver>, address = '0000:01:10.0'): Vf {
  const device = host.findDevice(PciAddress.parse(address));
  if (device.is !== 'vf') throw new Error(`${address} is no VF`);
  return device;
}

describe('observing', () => {
  const answer = () => ({ stdout: `${recorded('igb/pf.json')}${recorded('igb/vf.json')}` });

  test('asks for the link only, by name (PAIN-44)', async () => {
    const linux = hostOver(() => ({ stdout: recorded('igb/vf.json') }));
    expect(await linux.host.observe(vfOf(linux), 'link')).toEqual({
      home: expect.objectContaining({ name: 'enp1s0v0' }),
    });
    expect(inputs(linux.started)).toEqual(['ip: link show dev enp1s0v0\n']);
  });

  test('asks the PF, too, where that is wanted', async () => {
    const linux = hostOver(answer);
    expect(await linux.host.observe(vfOf(linux), 'link and PF')).toMatchObject({
      home: { name: 'enp1s0v0', mac: '9a:29:63:1c:a2:2d' },
      shown: { vlan: { id: 100, qos: 3 } },
    });
    expect(inputs(linux.started)).toEqual(['ip: link show dev enp1s0v0\nlink show dev enp1s0\n']);
  });

  test('sees the settings of a VF whose link is away', async () => {
    const linux = hostOver(() => ({ stdout: recorded('igb/pf.json') }));
    const seen = await linux.host.observe(vfOf(linux, '0000:01:10.2'), 'link and PF');
    expect(seen).toEqual({
      shown: {
        mac: '2a:f1:96:c3:12:78',
        vlan: { id: 0, qos: 0 },
        spoofchk: 'on',
        trust: 'off',
        linkState: 'auto',
        minTxRate: 0,
        maxTxRate: 0,
      },
      others: [{ index: 0, mac: '9a:29:63:1c:a2:2d' }],
    });
  });

  test('does not take a link for the VF that `ip` found by its altname', async () => {
    const linux = hostOver(() => ({ stdout: recorded('igb/vf-home-again.json') }));
    expect(await linux.host.observe(vfOf(linux), 'link')).toEqual({});
  });

  test('sees nothing of a link that went away meanwhile', async () => {
    const stderr = 'Device "enp1s0v0" does not exist.\nCommand failed -:1\n';
    const linux = hostOver(() => ({ exitCode: 1, stderr }));
    expect(await linux.host.observe(vfOf(linux), 'link')).toEqual({});
  });

  test('lists the links of a sandbox', async () => {
    const { host, started } = hostOver(() => ({ stdout: recorded('igb/vf-home-again.json') }));
    expect(await host.linksIn(SANDBOX)).toMatchObject([{ name: 'net1' }]);
    expect(started).toMatchObject([{ program: 'nsenter', descriptors: [21, 23, 22] }]);
  });
});

describe('making changes', () => {
  const up: Change = { kind: 'set-link', place: 'home', link: 'vf0', settings: { isUp: true } };
  const altname: Change = { kind: 'remove-altname', place: 'home', link: 'vf0', altname: 'a' };
  const moveIn: Change = { kind: 'move-in', link: 'vf0', name: 'net1' };
  const reset: Change = { kind: 'reset-function', device: PciAddress.parse('0000:01:10.0') };
  const sysctl: Change = { kind: 'set-sysctl', paths: ['ipv6/conf/net1/disable_ipv6'], value: '0' };
  const route: Change = { kind: 'add-route', link: 'net1', dst: '10.9.0.1/32' };

  test('takes one process for neighbours that go the same way', async () => {
    const { host, started } = hostOver();
    expect(await host.make([up, altname, moveIn, sysctl, route, route], SANDBOX)).toBeUndefined();
    expect(
      started.map(({ program, args, input }) => [program, args.at(-1), input?.split('\n').length]),
    ).toEqual([
      ['ip', '-', 5],
      ['nsenter', '/proc/sys/net/ipv6/conf/net1/disable_ipv6', 1],
      ['nsenter', '-', 4],
    ]);
  });

  const refuseSecond = ({ program }: Child) =>
    program === 'ip' ? { exitCode: 1, stderr: 'RTNETLINK answers: File exists\nCommand failed -:2\n' } : {};

  test('stops at the first refusal, and tells the command to try by hand (PAIN-20)', async () => {
    const { host, started } = hostOver(refuseSecond);
    expect(await host.make([up, moveIn, route], SANDBOX)).toEqual({
      change: moveIn,
      reason: 'File exists',
      command: 'ip link set dev vf0 netns /proc/self/fd/4 name net1',
    });
    expect(started).toHaveLength(1);
  });

  test('goes on after a refusal if all is to be made (DEF-18)', async () => {
    const { host, started } = hostOver(refuseSecond);
    expect(await host.makeAll([up, moveIn, route], SANDBOX)).toMatchObject([{ change: moveIn }]);
    expect(started).toHaveLength(2);
  });

  test('takes a sysctl that the kernel does not have for made', async () => {
    const { host } = hostOver(() => ({
      exitCode: 1,
      stderr: 'tee: /proc/sys/net/x: No such file or directory',
    }));
    expect(await host.make([sysctl], SANDBOX)).toBeUndefined();
  });

  test('writes several sysctls by one process', async () => {
    const { host, started } = hostOver();
    const both = { ...sysctl, paths: ['ipv4/conf/net1/arp_notify', 'ipv6/conf/net1/ndisc_notify'] };
    await host.make([both], SANDBOX);
    expect(started.map(({ args }) => args.slice(-3))).toEqual([
      [expect.stringMatching(/tee$/), ...both.paths.map((path) => `/proc/sys/net/${path}`)],
    ]);
  });

  test('resets a function through sysfs, in its place among the others', async () => {
    const { host, started } = hostOver();
    expect(await host.make([up, reset, up], SANDBOX)).toBeUndefined();
    expect(started).toHaveLength(2);
  });

  test('tells why a reset was refused', async () => {
    const { host } = hostOver();
    const nowhere = { ...reset, device: PciAddress.parse('0000:ff:1f.7') };
    expect(await host.make([nowhere])).toMatchObject({
      change: nowhere,
      reason: expect.stringContaining('ENOENT'),
      command: 'echo 1 > /sys/bus/pci/devices/0000:ff:1f.7/reset',
    });
  });

  test('tells why a sysctl was refused', async () => {
    const { host } = hostOver(() => ({ exitCode: 1, stderr: 'tee: x: Permission denied\n' }));
    expect(await host.make([sysctl], SANDBOX)).toMatchObject({
      change: sysctl,
      reason: 'tee: x: Permission denied',
    });
  });
});

test('the boot is told by its id', () => {
  expect(hostOver().host.bootId()).toMatch(/^[0-9a-f-]{36}$/);
});
