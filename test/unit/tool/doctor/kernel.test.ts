import { describe, expect, test } from 'vitest';
import { distributionIn } from '../../../../src/host/node/kernel.ts';
import { type KernelFacts, kernelOutcomes } from '../../../../src/tool/doctor/kernel.ts';
import { PF, PLAIN, WITHOUT_VFS } from './nics.ts';
import { cureOf, expectSound, wrong } from './verdicts.ts';

const KERNEL = { release: '6.1.0-13-amd64', commandLine: 'quiet', iommus: ['dmar0'] };
const WELL: KernelFacts = { kernel: KERNEL, distribution: 'debian', nics: [PLAIN, PF] };
const VFIO = { ...PLAIN, driver: 'vfio-pci' };
const NO_IOMMU = { ...KERNEL, iommus: [] };

const linux = (release: string): KernelFacts => ({ ...WELL, kernel: { ...KERNEL, release } });

const CASES: readonly (readonly [title: string, facts: KernelFacts, wrong: readonly string[]])[] = [
  ['is in order', WELL, []],
  ['Linux 5.14', linux('5.14.0-427.el9.x86_64'), []],
  ['Linux 5.13', linux('5.13.19'), ['warning: kernel-version']],
  ['Linux 4.18', linux('4.18.0-513.el8'), ['warning: kernel-version']],
  ['a kernel without a version', linux(''), ['not checked: kernel-version']],
  ['no card', { ...WELL, nics: [] }, ['problem: sr-iov']],
  ['cards without SR-IOV', { ...WELL, nics: [PLAIN] }, ['problem: sr-iov']],
  [
    'a card whose firmware allows none',
    { ...WELL, nics: [{ ...PF, vfs: { ...WITHOUT_VFS, possible: 0 } }] },
    ['problem: sr-iov'],
  ],
  ['a VM that was given a VF', { ...WELL, nics: [{ ...PLAIN, driver: 'iavf' }] }, []],
  ['no IOMMU, and VFs with their network driver', { ...WELL, kernel: NO_IOMMU }, []],
  ['no IOMMU, and vfio-pci', { ...WELL, kernel: NO_IOMMU, nics: [PF, VFIO] }, ['warning: iommu']],
  [
    'an IOMMU that only the group of a card shows',
    { ...WELL, kernel: NO_IOMMU, nics: [PF, { ...VFIO, iommuGroup: '7' }] },
    [],
  ],
];

test.for(CASES)('%s', ([, facts, expected]) => {
  const outcomes = kernelOutcomes(facts);
  expect(wrong(outcomes)).toEqual(expected);
  expectSound(outcomes);
});

test.for([
  [
    'virtual cards alone',
    ['virtio-pci', 'vmxnet3'],
    'The cards of this machine are virtual, and have no VFs.',
  ],
  ['a real card among them', ['virtio-pci', 'e1000'], /^No card of this machine can make VFs: .*firmware/],
] as const)('what hinders is not firmware where it cannot be: %s', ([, drivers, message]) => {
  const nics = drivers.map((driver) => ({ ...PLAIN, driver }));
  const told = kernelOutcomes({ ...WELL, nics }).find(({ check }) => check === 'sr-iov');
  expect(told).toMatchObject({ verdict: 'problem', message: expect.stringMatching(message) });
});

describe('the cure of a missing IOMMU', () => {
  const without = (facts: Partial<KernelFacts>, table?: 'DMAR' | 'IVRS') =>
    cureOf(
      'iommu',
      kernelOutcomes({
        ...WELL,
        nics: [PF, VFIO],
        kernel: { ...NO_IOMMU, ...(table && { iommuTable: table }) },
        ...facts,
      }),
    );

  test.for([
    ['Intel on Debian', without({}, 'DMAR'), /intel_iommu=on iommu=pt.*update-grub/],
    ['AMD on RHEL', without({ distribution: 'rhel' }, 'IVRS'), /^grubby .*amd_iommu=on iommu=pt/],
    ['an unknown distribution', without({ distribution: 'other' }, 'DMAR'), /update-grub.*\n.*grubby/],
    ['firmware that offers none', without({}), /VT-d or AMD-Vi/],
  ] as const)('is of %s', ([, cure, expected]) => {
    expect(cure).toMatch(expected);
  });
});

test.for([
  ['ID=debian\n', 'debian'],
  ['NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n', 'debian'],
  ['ID="rocky"\nID_LIKE="rhel centos fedora"\n', 'rhel'],
  ['ID=fedora\n', 'rhel'],
  ['ID=alpine\nHOME_URL="https://debian.example"\n', 'other'],
  ['', 'other'],
] as const)('%j is of the family %s', ([text, family]) => {
  expect(distributionIn(text)).toBe(family);
});
