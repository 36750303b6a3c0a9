/** The doctor names what is wrong with a machine, and what cures it; and changes nothing. */
import { describe, type ExpectStatic } from 'vitest';
import { parse } from 'yaml';
import { hurtCards, hurtDirectories, neglectRecords, plantManagers, plantOperator } from './illnesses.ts';
import type { Machine } from './machine.ts';
import { machineTest } from './machine-test.ts';
import { DOCTOR, type Examined, examine, findings, PLUGIN, plant, settle, wrongIn } from './patient.ts';

const test = machineTest({ vfs: 5 });

const golden = (name: string) => `${import.meta.dirname}/fixtures/doctor/${name}.txt`;

/** Those of this host. */
const withoutVersions = (text: string) => text.replace(/iproute2-\S+, libbpf \S+/, 'iproute2-VERSION');

function expectUntouched({ isUntouched, stderr }: Examined, expect: ExpectStatic): void {
  expect({ isUntouched, stderr }).toEqual({ isUntouched: true, stderr: '' });
}

describe.concurrent('a machine in good health', () => {
  test('has nothing wrong, and the rest was looked at', async ({ machine, expect }) => {
    await settle(machine);
    const examined = await examine(machine);
    await expect(examined.stdout).toMatchFileSnapshot(golden('healthy'));
    expect(examined.code).toBe(0);
    expectUntouched(examined, expect);
  });

  test('tells with -o wide what is in order', async ({ machine, expect }) => {
    await settle(machine);
    const { stdout, code } = await examine(machine, '-o', 'wide');
    await expect(withoutVersions(stdout)).toMatchFileSnapshot(golden('healthy-wide'));
    expect(code).toBe(0);
  });

  test('tells who is not root what was not checked', async ({ machine, expect }) => {
    await settle(machine);
    await machine.sh('mkdir -m 700 /var/lib/cni/sriov-attachments');
    const argv = ['setpriv', '--reuid=65534', '--clear-groups', DOCTOR, 'doctor'];
    const { stdout, code } = await machine.run(argv);
    await expect(stdout).toMatchFileSnapshot(golden('not-root'));
    expect(code).toBe(0);
  });

  test('tells of a plugin that it may not read, and of what is beside it', async ({ machine, expect }) => {
    await settle(machine);
    await machine.sh(`umount ${PLUGIN}; echo '#!/bin/sh' >${PLUGIN}; chmod 0711 ${PLUGIN}`);
    const argv = ['setpriv', '--reuid=65534', '--clear-groups', DOCTOR, 'doctor', '-o', 'json'];
    const told = JSON.parse((await machine.run(argv)).stdout).findings;
    const message = `${PLUGIN} cannot be read: run as root`;
    expect(told).toContainEqual(
      expect.objectContaining({ check: 'cni-sriov', verdict: 'not checked', message }),
    );
    expect(told).toContainEqual(expect.objectContaining({ check: 'cni-plugins' }));
  });
});

describe.concurrent('a machine with', () => {
  test.for([
    ['cards', hurtCards, 3],
    ['directories', hurtDirectories, 3],
    ['managers', plantManagers, 0],
    ['operator', plantOperator, 0],
    ['records', neglectRecords, 3],
  ] as const)(
    'sick %s is told what is wrong with them, and how it is cured',
    async ([name, hurt, code], { machine, expect }) => {
      await settle(machine);
      await hurt(machine);
      const examined = await examine(machine);
      await expect(examined.stdout).toMatchFileSnapshot(golden(name));
      expect(examined.code).toBe(code);
      expectUntouched(examined, expect);
    },
  );

  test('no card that could make VFs is told so', async ({ machine, expect }) => {
    await settle(machine);
    await machine.sh('rm -r /sys/bus/pci/devices/0000:01:*');
    expect(wrongIn(await findings(machine))).toEqual(['problem: sr-iov']);
  });

  test('a policy that others may write is cured by what it is told', async ({ machine, expect }) => {
    await settle(machine);
    await plant(machine, '/etc/cni/sriov-policy.json', '{}');
    await machine.sh('chmod 777 /etc/cni');
    const found = await findings(machine);
    expect(wrongIn(found)).toEqual(['problem: policy']);
    const { cure = [] } = found.find(({ check }) => check === 'policy') ?? {};
    expect(cure).toEqual(['chmod go-w /etc/cni']);
    await machine.sh(cure.join('\n'));
    expect(wrongIn(await findings(machine))).toEqual([]);
  });

  test('no ip is told what could not be looked at for it', async ({ machine, expect }) => {
    await settle(machine);
    await machine.sh('mount --bind /dev/null "$(readlink -f /usr/sbin/ip)"');
    expect(wrongIn(await findings(machine))).toEqual(['not checked: vfs', 'problem: program-ip']);
  });

  test('a damaged record does not take the addresses of its container for free', async ({
    machine,
    expect,
  }) => {
    await settle(machine);
    await plant(machine, '/etc/cni/net.d/10-net.conf', '{ "type": "sriov", "name": "net" }');
    // One that no pod of another test has: the tool looks into all namespaces of this host.
    await plant(machine, '/var/lib/cni/networks/net/10.201.9.2', 'c1\r\nnet1');
    expect(wrongIn(await findings(machine))).toEqual(['not checked: leaks']);
    await plant(machine, '/var/lib/cni/sriov-attachments/0000:01:10.0.json', '{');
    await machine.sh('chmod 0700 /var/lib/cni/sriov-attachments');
    const { code, stdout, stderr } = await examine(machine, '-o', 'json');
    expect(wrongIn(JSON.parse(stdout).findings)).toEqual(['warning: damaged-files', 'not checked: leaks']);
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^warning: The record \S+ is damaged\n?$/)]);
  });
});

describe.concurrent('what sriov-cni left is not to be removed', () => {
  const CLAIM = '/var/lib/cni/sriov/pci/0000:01:10.0';
  test.for([
    ['a claim of a living pod is all that is left', [[CLAIM, '/run/netns/pod1']], []],
    ['a claim is empty', [[CLAIM, '']], ['not checked: sriov-cni']],
    ['a claim is of a process that cannot be seen', [[CLAIM, '/not/seen/netns']], ['not checked: sriov-cni']],
    [
      'a cache cannot be read',
      [
        [CLAIM, '/run/netns/gone'],
        ['/var/lib/cni/sriov/c1-net1', '{'],
      ],
      ['not checked: sriov-cni'],
    ],
    ['all is gone', [[CLAIM, '/run/netns/gone']], ['warning: sriov-cni']],
  ] as const)('as long as it may be needed: %s', async ([, files, expected], { machine, expect }) => {
    await settle(machine);
    for (const [path, text] of files) await plant(machine, path, text);
    expect(wrongIn(await findings(machine))).toEqual(expected);
  });
});

async function ruin(machine: Machine): Promise<void> {
  await settle(machine);
  await neglectRecords(machine);
  for (const hurt of [plantManagers, plantOperator, hurtCards, hurtDirectories]) await hurt(machine);
}

describe.concurrent('what the doctor says', () => {
  test('is for programs, too, and each finding has its cure', async ({ machine, expect }) => {
    await ruin(machine);
    const { stdout, code } = await machine.run([DOCTOR, 'doctor', '-o', 'json']);
    const { counts, findings } = JSON.parse(stdout);
    expect(code).toBe(3);
    expect(Object.keys(counts)).toEqual(['problem', 'warning', 'not checked', 'ok']);
    for (const { group, check, verdict, message, cure, ...more } of findings) {
      expect([group, check, message].every((text) => /\S/.test(text))).toBe(true);
      expect(more).toEqual({});
      const isWrong = verdict === 'problem' || verdict === 'warning';
      expect([check, (cure?.length ?? 0) > 0]).toEqual([check, isWrong]);
      counts[verdict]--;
    }
    expect(counts).toEqual({ problem: 0, warning: 0, 'not checked': 0, ok: 0 });
    const yaml = await machine.run([DOCTOR, 'doctor', '-o', 'yaml']);
    expect(parse(yaml.stdout)).toEqual(JSON.parse(stdout));
  });

  test('cures what it is said to cure', async ({ machine, expect }) => {
    await settle(machine);
    await neglectRecords(machine);
    await plantManagers(machine);
    await machine.sh('chmod 0775 /var/lib/cni/sriov-attachments');
    const sick = await findings(machine);
    const beyondUs = ['lost-vfs'];
    for (const { check, cure = [] } of sick) {
      // udevd and networkd, which are then told, do not run here.
      for (const line of beyondUs.includes(check) ? [] : cure) await machine.run(['bash', '-c', line]);
    }
    expect(sick.filter(({ cure }) => cure).map(({ check }) => check)).toEqual([
      'state-directory',
      'network-manager',
      'systemd-networkd',
      'udev',
      'ifupdown',
      'stale-records',
      'unfinished-records',
      'lost-vfs',
      'damaged-files',
      'sriov-cni',
    ]);
    expect(wrongIn(await findings(machine))).toEqual([
      'problem: lost-vfs',
      'not checked: leaks',
      'not checked: leaks',
    ]);
  });
});
