import { describe, expect, test } from 'vitest';
import type { NodeFile } from '../../../../src/host/node/files.ts';
import { type InterferenceFacts, interferenceOutcomes } from '../../../../src/tool/doctor/interference.ts';
import { fileFor } from '../../../../src/tool/doctor/networkd.ts';
import { isUnmanaged, unmanagedIn } from '../../../../src/tool/doctor/unmanaged.ts';
import { cureOf, expectSound, wrong } from './verdicts.ts';

const file = (text: string, path = '/etc/some.conf'): NodeFile => ({ path, text });
const VF = { name: 'enp1s0v0', driver: 'igbvf' };

const QUIET: InterferenceFacts = {
  isNetworkManagerActive: false,
  isNetworkdActive: false,
  networkManagerFiles: [],
  networkFiles: [],
  linkFiles: [],
  udevRules: [],
  interfaces: [],
  operatorTraces: [],
  vfs: [VF, { name: 'enp1s0v1', driver: 'igbvf' }],
  sharedDrivers: ['igb'],
};
const MANAGED = { ...QUIET, isNetworkManagerActive: true };
const NETWORKD = { ...QUIET, isNetworkdActive: true };

const CASES: readonly (readonly [title: string, facts: InterferenceFacts, wrong: readonly string[]])[] = [
  ['nobody', QUIET, []],
  ['NetworkManager', MANAGED, ['warning: network-manager']],
  ['NetworkManager without VFs', { ...MANAGED, vfs: [] }, []],
  [
    'NetworkManager that leaves the driver alone',
    { ...MANAGED, networkManagerFiles: [file('[keyfile]\nunmanaged-devices=driver:igbvf')] },
    [],
  ],
  [
    'NetworkManager that leaves one of two alone',
    { ...MANAGED, networkManagerFiles: [file('[keyfile]\nunmanaged-devices=interface-name:enp1s0v0')] },
    ['warning: network-manager'],
  ],
  [
    'NetworkManager that udev tells to leave VFs alone',
    { ...MANAGED, udevRules: [file('TEST=="device/physfn", ENV{NM_UNMANAGED}="1"')] },
    [],
  ],
  [
    'NetworkManager and a rule that is commented out',
    { ...MANAGED, udevRules: [file('# ENV{NM_UNMANAGED}="1"')] },
    ['warning: network-manager'],
  ],
  [
    'systemd-networkd without a file for VFs',
    { ...NETWORKD, networkFiles: [file('[Match]\nName=eth*')] },
    [],
  ],
  [
    'systemd-networkd with a file for all',
    { ...NETWORKD, networkFiles: [file('[Match]\nName=*\n[Network]\nDHCP=yes')] },
    ['warning: systemd-networkd'],
  ],
  [
    'systemd-networkd that is told of VFs first',
    {
      ...NETWORKD,
      networkFiles: [file('[Match]\nDriver=igbvf\n[Link]\nUnmanaged=yes'), file('[Match]\nName=*')],
    },
    [],
  ],
  ['a file for all, but nobody who reads it', { ...QUIET, networkFiles: [file('[Match]\nName=*')] }, []],
  [
    'a rule that renames VFs',
    { ...QUIET, udevRules: [file('DRIVERS=="igbvf", NAME="vf%n"')] },
    ['warning: udev'],
  ],
  [
    'a rule that renames the links of VFs of a PF',
    { ...QUIET, udevRules: [file('ATTR{device/physfn/net}=="?*", NAME:="x"')] },
    ['warning: udev'],
  ],
  [
    'a rule that renames another card',
    { ...QUIET, udevRules: [file('ATTR{address}=="02:00:00:00:00:01", NAME="lan"')] },
    [],
  ],
  ['a rule that asks for a name', { ...QUIET, udevRules: [file('NAME=="enp1s0v0", RUN+="/bin/true"')] }, []],
  [
    'a .link that names VFs',
    { ...QUIET, linkFiles: [file('[Match]\nDriver=igbvf\n[Link]\nName=vf')] },
    ['warning: udev'],
  ],
  [
    'a .link that sets their MTU',
    { ...QUIET, linkFiles: [file('[Match]\nDriver=igbvf\n[Link]\nMTUBytes=9000')] },
    [],
  ],
  ['ifupdown', { ...QUIET, interfaces: [file('auto lo\nauto eth0 enp1s0v1')] }, ['warning: ifupdown']],
  [
    'ifupdown that is told of others',
    { ...QUIET, interfaces: [file('auto eth0\niface enp1s0v1 inet manual')] },
    [],
  ],
  [
    'the operator',
    { ...QUIET, operatorTraces: ['/etc/sriov-operator'] },
    ['warning: sriov-network-operator'],
  ],
];

test.for(CASES)('%s', ([, facts, expected]) => {
  const outcomes = interferenceOutcomes(facts);
  expect(wrong(outcomes)).toEqual(expected);
  expectSound(outcomes);
});

test('where the PF has the same driver, systemd-networkd is told the names', () => {
  const facts = { ...NETWORKD, networkFiles: [file('[Match]\nType=ether')] };
  const cure = (sharedDrivers: readonly string[]) =>
    cureOf('systemd-networkd', interferenceOutcomes({ ...facts, sharedDrivers }));
  expect(cure(['igb'])).toContain('[Match]\\nDriver=igbvf\\n');
  expect(cure(['igbvf'])).toContain('[Match]\\nName=enp1s0v0 enp1s0v1\\n');
});

describe('NetworkManager', () => {
  test.for([
    ['driver:igbvf', true],
    ['driver:igb*', true],
    ['driver:iavf', false],
    ['interface-name:enp1s0v*', true],
    ['interface-name:=enp1s0v0', true],
    ['enp1s0v0', true],
    ['type:ethernet', true],
    ['*', true],
    ['mac:02:00:00:00:00:01', false],
    ['*,except:driver:igbvf', false],
    ['except:interface-name:eth0', true],
    ['', false],
  ] as const)('with unmanaged-devices=%s leaves the VF alone: %s', ([specs, isSo]) => {
    const files = [file(`[main]\nplugins=keyfile\n[keyfile]\nunmanaged-devices = ${specs}\n`)];
    expect(isUnmanaged(VF, unmanagedIn(files))).toBe(isSo);
  });

  test('believes the file that comes last, unless it adds', () => {
    const first = file('[keyfile]\nunmanaged-devices=driver:igbvf');
    const last = (key: string) => file(`[keyfile]\n${key}=driver:iavf`);
    expect(unmanagedIn([first, last('unmanaged-devices')])).toEqual(['driver:iavf']);
    expect(unmanagedIn([first, last('unmanaged-devices+')])).toEqual(['driver:igbvf', 'driver:iavf']);
  });

  test('has sections for devices, too', () => {
    const text =
      '[device-vfs]\nmatch-device=driver:igbvf\nmanaged=0\n[device-other]\nmatch-device=driver:x\nmanaged=1';
    expect(unmanagedIn([file(text)])).toEqual(['driver:igbvf']);
  });
});

test.for([
  ['Name=*', true],
  ['Name=eth* enp*', true],
  ['Name=!enp1s0v* lo', false],
  ['Name=!eth*', true],
  ['Type=ether\nKind=!*', true],
  ['Type=wlan', false],
  ['Driver=igbvf\nName=eth0', false],
  ['Name=enp1s0v[0-3]', true],
  ['Name=enp1s0v[!0]', false],
  ['MACAddress=02:00:00:00:00:01', false],
  ['# Name=*', false],
] as const)('a .network with %j fits the VF: %s', ([match, isSo]) => {
  expect(fileFor(VF, [file(`[Match]\n${match}\n\n[Network]\nDHCP=yes\n`)]) !== undefined).toBe(isSo);
});
