import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { PciAddress } from '../../../schemas/words.ts';
import { findDevice, resetFunction } from '../../../src/host/sysfs.ts';
import { emptyDirectory } from '../ipam/directories.ts';
import { plant, sysfsOf, type Tree } from './recorded.ts';

const findOn = (tree: Tree, address: string) =>
  findDevice(plant(`${emptyDirectory()}/sys`, tree), PciAddress.parse(address));

const pf = { address: '0000:01:00.0', name: 'enp1s0', mtu: 1500 };

test.each([
  ['a VF at home', '0000:01:10.0', { is: 'vf', index: 0, driver: 'igbvf', linkName: 'enp1s0v0', pf }],
  ['a VF whose link is in a pod', '0000:01:10.2', { is: 'vf', index: 1, driver: 'igbvf', pf }],
  ['a VF without driver', '0000:01:10.4', { is: 'vf', index: 2, pf }],
  ['a PF with VFs', '0000:01:00.0', { is: 'pf', vfs: 3 }],
  ['a PF without VFs', '0000:02:00.0', { is: 'pf', vfs: 0 }],
  ['another device', '0000:00:1f.2', { is: 'vf', index: 0, driver: 'ahci' }],
  ['no device', '0000:ff:1f.7', { is: 'absent' }],
])('sysfs tells %s', (_title, address, expected) => {
  const isVf = expected.is === 'vf';
  expect(findOn(sysfsOf('igb'), address)).toEqual({ ...expected, ...(isVf && { address }) });
});

test('the link of a VF is away if the kernel has it in no list of links', () => {
  const { class: _, ...withoutLinks } = sysfsOf('igb');
  expect(findOn(withoutLinks, '0000:01:10.0')).not.toHaveProperty('linkName');
});

const ports: readonly [string, Tree, string | undefined][] = [
  ['its only one', { net: { ens1: { mtu: '1500\n' } } }, 'ens1'],
  ['none if it has none here', { net: {} }, undefined],
  [
    'the uplink among representors that sort before it',
    {
      net: {
        ens1_0: { phys_port_name: 'pf0vf0\n', mtu: '1500\n' },
        ens1_1: { phys_port_name: 'c1pf0vf1\n', mtu: '1500\n' },
        ens1_2: { phys_port_name: 'pf0sf88\n', mtu: '1500\n' },
        ens1f0: { phys_port_name: 'p0\n', mtu: '9000\n' },
      },
    },
    'ens1f0',
  ],
  [
    'one without port name among representors',
    { net: { aaa: { phys_port_name: 'pf1vf3', mtu: '1' }, zzz: { mtu: '9000\n' } } },
    'zzz',
  ],
];

test.each(ports)('the link of a PF is %s (DEF-16, PAIN-29)', (_title, port, expected) => {
  const [address, vf] = ['0000:03:00.0', '0000:03:00.2'];
  const devices = {
    [address]: { ...port, sriov_totalvfs: '1', virtfn0: { '->': `../${vf}` } },
    [vf]: { physfn: { '->': `../${address}` } },
  };
  const device = findOn({ bus: { pci: { devices } } }, vf);
  expect(device).toMatchObject({ is: 'vf', pf: { address } });
  expect(device.is === 'vf' && device.pf?.name).toBe(expected);
});

test('a VF is told apart from the tenth by its whole index', () => {
  const vfs = Array.from({ length: 12 }, (_, index) =>
    `0000:03:01.${index % 8}`.replace('01', `${10 + (index >> 3)}`),
  );
  const virtfns = vfs.map((vf, index) => [`virtfn${index}`, { '->': `../${vf}` }]);
  const devices = {
    '0000:03:00.0': { net: {}, ...Object.fromEntries(virtfns) },
    ...Object.fromEntries(vfs.map((vf) => [vf, { physfn: { '->': '../0000:03:00.0' } }])),
  };
  const found = vfs.map((vf) => findOn({ bus: { pci: { devices } } }, vf));
  expect(found).toMatchObject(vfs.map((address, index) => ({ is: 'vf', address, index })));
});

test('a VF that its PF does not list is one without a PF (F21)', () => {
  const devices = { '0000:03:00.0': { net: {} }, '0000:03:10.0': { physfn: { '->': '../0000:03:00.0' } } };
  expect(findOn({ bus: { pci: { devices } } }, '0000:03:10.0')).toEqual({
    is: 'vf',
    address: '0000:03:10.0',
    index: 0,
  });
});

describe('the state of a PF', () => {
  const [address, vf] = ['0000:03:00.0', '0000:03:00.2'];
  const pfWith = (link: Tree, beside: Tree = {}) => {
    const devices = {
      [address]: { net: { ens1: { mtu: '1500\n', ...link }, ...beside }, virtfn0: { '->': `../${vf}` } },
      [vf]: { physfn: { '->': `../${address}` } },
    };
    const device = findOn({ bus: { pci: { devices } } }, vf);
    return device.is === 'vf' && device.pf;
  };
  const asked = { address, name: 'ens1', mtu: 1500 };

  test.each<[string, Tree, Tree, object]>([
    ['up', { flags: '0x1003\n' }, {}, {}],
    ['down', { flags: '0x1002\n' }, {}, { isDown: true }],
    ['not told', {}, {}, {}],
    [
      'up, with representors of its VFs: switchdev',
      { flags: '0x1003\n', phys_port_name: 'p0\n' },
      { eth0: { phys_port_name: 'pf0vf0\n' } },
      { isSwitchdev: true },
    ],
  ])('%s', (_title, link, beside, expected) => {
    expect(pfWith(link, beside)).toEqual({ ...asked, ...expected });
  });
});

describe('function-level reset', () => {
  const vf = PciAddress.parse('0000:03:00.2');

  test('is possible where the kernel has a file for it, and then written there (F39, PAIN-6)', () => {
    const sys = plant(`${emptyDirectory()}/sys`, { bus: { pci: { devices: { [vf]: { reset: '' } } } } });
    expect(findDevice(sys, vf)).toMatchObject({ is: 'vf', canReset: true });
    expect(resetFunction(sys, vf)).toBeUndefined();
    expect(readFileSync(`${sys}/bus/pci/devices/${vf}/reset`, 'utf8')).toBe('1');
  });

  test('tells why it was refused', () => {
    const sys = plant(`${emptyDirectory()}/sys`, { bus: { pci: { devices: { [vf]: { reset: {} } } } } });
    expect(resetFunction(sys, vf)).toMatch(/^EISDIR/);
  });
});
