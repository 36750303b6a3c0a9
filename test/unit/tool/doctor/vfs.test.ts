import { expect, test } from 'vitest';
import type { FoundVf } from '../../../../src/tool/discover/found.ts';
import { vfOutcomes } from '../../../../src/tool/doctor/vfs.ts';
import { HOLDER, PF, VF } from './nics.ts';
import { cureOf, expectSound, wrong } from './verdicts.ts';

const outcomesOf = (...vfs: readonly FoundVf[]) =>
  vfOutcomes({ vfs, pfLinks: new Map([[PF.address as string, 'pf0']]) });

const OTHER: FoundVf = {
  ...VF,
  address: '0000:01:10.2',
  index: 1,
  link: 'vf1',
  settings: { ...VF.settings, mac: '02:00:00:00:01:01', vlan: { id: 0, qos: 0 } },
};
const { driver: _, ...DRIVERLESS } = VF;
const { link: __, ...AWAY } = VF;
const DEAF: FoundVf = { ...VF, settings: { mac: '00:00:00:00:00:00', vlan: { id: 0, qos: 0 } } };
const TWIN: FoundVf = { ...OTHER, ...(VF.settings && { settings: VF.settings }) };

const CASES: readonly (readonly [title: string, vfs: readonly FoundVf[], wrong: readonly string[]])[] = [
  ['two in order', [VF, OTHER], []],
  ['none', [], []],
  ['one without a driver', [DRIVERLESS, OTHER], ['problem: vf-driver']],
  ['one whose link is nowhere', [AWAY], ['problem: vf-link']],
  ['one whose link is with its pod', [{ ...AWAY, holder: HOLDER }], []],
  ['one for userspace, which has no link', [{ ...AWAY, driver: 'vfio-pci' }], []],
  ['one of igb without a MAC', [DEAF], ['warning: vf-mac']],
  ['one of igb without a MAC in a pod', [{ ...DEAF, holder: HOLDER }], []],
  ['one of mlx5, which shows none until one is set', [{ ...DEAF, driver: 'mlx5_core' }], []],
  ['two with one MAC', [VF, TWIN], ['warning: vf-twins']],
  ['two of different PFs with one MAC', [VF, { ...TWIN, pf: '0000:02:00.0' }], []],
  ['two without a MAC', [DEAF, { ...DEAF, address: OTHER.address, driver: 'ice' }], ['warning: vf-mac']],
  [
    'one that uio gives to a program beside an IOMMU',
    [{ ...AWAY, driver: 'igb_uio', iommuGroup: '3' }],
    ['warning: vf-iommu'],
  ],
];

test.for(CASES)('%s', ([, vfs, expected]) => {
  const outcomes = outcomesOf(...vfs);
  expect(wrong(outcomes)).toEqual(expected);
  expectSound(outcomes);
});

test('of twins the one that a pod has keeps its MAC', () => {
  const cure = cureOf('vf-twins', outcomesOf(VF, { ...TWIN, holder: HOLDER }));
  expect(cure).toBe('ip link set pf0 vf 0 mac 00:00:00:00:00:00\nip link set vf0 up && ip link set vf0 down');
});

test('of twins that nobody has the first keeps its MAC', () => {
  expect(cureOf('vf-twins', outcomesOf(VF, TWIN))).toMatch(/^ip link set pf0 vf 1 mac /);
});
