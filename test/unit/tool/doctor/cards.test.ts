import { expect, test } from 'vitest';
import type { PfNic } from '../../../../src/host/node/pfs.ts';
import { cardOutcomes } from '../../../../src/tool/doctor/cards.ts';
import { PF, SECOND, WITHOUT_VFS } from './nics.ts';
import { cureOf, expectSound, wrong } from './verdicts.ts';

const { driver: _, ...DRIVERLESS } = { ...PF, vfs: WITHOUT_VFS };
const EMPTY: PfNic = { ...PF, vfs: WITHOUT_VFS };

const CASES: readonly (readonly [title: string, pfs: readonly PfNic[], wrong: readonly string[]])[] = [
  ['two PFs in order', [PF, SECOND], []],
  ['no PF', [], []],
  ['a PF without a driver', [SECOND, DRIVERLESS], ['problem: pf-driver']],
  ['a PF that a program drives', [{ ...PF, driver: 'vfio-pci', links: [] }, SECOND], ['warning: pf-driver']],
  [
    'a card whose firmware allows no VFs',
    [SECOND, { ...PF, vfs: { ...WITHOUT_VFS, possible: 0 } }],
    ['warning: pf-firmware'],
  ],
  ['no VFs on any PF', [EMPTY, { ...SECOND, vfs: WITHOUT_VFS }], ['problem: pf-vfs']],
  ['no VFs on one of two', [EMPTY, SECOND], []],
  ['a PF that is down', [{ ...PF, isUp: false }], ['problem: pf-up']],
  ['a PF without VFs that is down', [{ ...EMPTY, isUp: false }, SECOND], []],
  ['a PF without carrier', [{ ...PF, hasCarrier: false }], ['warning: pf-carrier']],
  ['a PF whose link somebody moved away', [{ ...PF, links: [] }], ['warning: pf-link']],
  ['a PF that gives new VFs no driver', [{ ...PF, bindsVfs: false }], ['warning: pf-autoprobe']],
  ['a PF in switchdev mode', [{ ...PF, isSwitchdev: true }], ['problem: pf-switchdev']],
];

test.for(CASES)('%s', ([, pfs, expected]) => {
  const outcomes = cardOutcomes({ pfs });
  expect(wrong(outcomes)).toEqual(expected);
  expectSound(outcomes);
});

test('of several PFs without VFs that with a carrier is to get them, once it is up', () => {
  const lonely: PfNic = { ...EMPTY, hasCarrier: false };
  const wired: PfNic = { ...SECOND, vfs: { possible: 2, addresses: [] }, isUp: false };
  expect(cureOf('pf-vfs', cardOutcomes({ pfs: [lonely, wired] }))).toBe(
    'ip link set pf1 up\necho 2 > /sys/bus/pci/devices/0000:02:00.0/sriov_numvfs',
  );
});

test('VFs of igb are made anew after their PF was down, those of others are not', () => {
  const down = (driver: string) => cureOf('pf-up', cardOutcomes({ pfs: [{ ...PF, driver, isUp: false }] }));
  expect(down('igb')).toContain('echo 0 > /sys/bus/pci/devices/0000:01:00.0/sriov_numvfs && echo 2 >');
  expect(down('ice')).toBe('ip link set pf0 up');
});

test('cards of Mellanox have a tool for their firmware', () => {
  const pf = { ...PF, id: '15b3:1017', vfs: { ...WITHOUT_VFS, possible: 0 } };
  expect(cureOf('pf-firmware', cardOutcomes({ pfs: [pf] }))).toMatch(
    /^mstconfig -d 0000:01:00.0 set SRIOV_EN=1/,
  );
});

test('a name that means something to a shell is quoted', () => {
  const pf = { ...PF, isUp: false, driver: 'ice', links: ["$(reboot)'"] };
  expect(cureOf('pf-up', cardOutcomes({ pfs: [pf] }))).toBe(`ip link set '$(reboot)'\\''' up`);
});
