/** Firmware and kernel. */

import { VF_DRIVERS } from '../../attachment/refusals.ts';
import type { Nic } from '../../host/nics.ts';
import type { Distribution, Kernel } from '../../host/node/kernel.ts';
import { isVirtual } from '../discover/found.ts';
import { addingToCommandLine } from './cures.ts';
import { counted, notChecked, type Outcome, ok, problem, warning } from './finding.ts';

export type KernelFacts = {
  readonly kernel: Kernel;
  readonly distribution: Distribution;
  readonly nics: readonly Nic[];
};

export function kernelOutcomes(facts: KernelFacts): Outcome[] {
  return [releaseOutcome(facts), capabilityOutcome(facts), iommuOutcome(facts)];
}

/** The first that names the device of a link. */
const WANTED = { major: 5, minor: 14 };

function releaseOutcome({ kernel: { release } }: KernelFacts): Outcome {
  const check = 'kernel-version';
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release)?.map(Number) ?? [];
  if (major === undefined || minor === undefined)
    return notChecked(check, `no version is known by ${release}`);
  const isOld = major < WANTED.major || (major === WANTED.major && minor < WANTED.minor);
  if (!isOld) return ok(check, `Linux ${release}`);
  return warning(
    check,
    `Linux ${release} does not tell which device a link belongs to, as 5.14 and later do: VFs are found by our alias, which a pod can change, and what sriov-cni attached cannot be ended.`,
    [
      'Boot Linux 5.14 or later: Debian 12, Ubuntu 22.04 and RHEL 9 have it. Until then drain the node before you change over from sriov-cni.',
    ],
  );
}

const isVfInVm = ({ vfs, pf, driver = '' }: Nic) => !vfs && pf === undefined && VF_DRIVERS.includes(driver);

function capabilityOutcome({ nics }: KernelFacts): Outcome {
  const check = 'sr-iov';
  const capable = nics.filter(({ vfs }) => vfs && vfs.possible > 0);
  if (capable.length > 0) return ok(check, `${counted(capable.length, 'card')} with SR-IOV`);
  const given = nics.filter(isVfInVm);
  if (given.length > 0)
    return ok(check, `${counted(given.length, 'VF')} that this VM was given; its host has the PFs`);
  if (nics.length === 0) return problem(check, 'There is no network card on the PCI bus.', FIT_ONE);
  if (nics.every(({ driver }) => isVirtual(driver)))
    return problem(check, 'The cards of this machine are virtual, and have no VFs.', FIT_ONE);
  return problem(
    check,
    'No card of this machine can make VFs: the card has no SR-IOV, or the firmware of machine or card has it switched off.',
    [
      'In the firmware (BIOS) switch SR-IOV and VT-d or AMD-Vi on; for the card use the tool of its vendor.',
      "lspci -vv | grep -E '^[0-9a-f].*(Ethernet|Network)|Single Root I/O'",
    ],
  );
}

const FIT_ONE = ['Fit a card with SR-IOV; in a VM, let its host pass one through.'];

const ARGUMENT_OF = { DMAR: 'intel_iommu=on iommu=pt', IVRS: 'amd_iommu=on iommu=pt' } as const;

/** An IOMMU is for programs that drive a VF themselves: a VF with its network driver needs none. */
function iommuOutcome({ kernel, nics, distribution }: KernelFacts): Outcome {
  const check = 'iommu';
  const { iommus, iommuTable, commandLine } = kernel;
  if (iommus.length > 0 || nics.some(({ iommuGroup }) => iommuGroup !== undefined))
    return ok(
      check,
      `the IOMMU is on${/\biommu=pt\b/.test(commandLine) ? ' (iommu=pt)' : ''}: VFs can be given to vfio-pci`,
    );
  const forPrograms = nics.filter(({ driver }) => driver === 'vfio-pci');
  if (forPrograms.length === 0)
    return ok(check, 'no IOMMU is in use: VFs with their network driver need none, vfio-pci does');
  const cure = iommuTable
    ? addingToCommandLine(ARGUMENT_OF[iommuTable], distribution)
    : ['In the firmware (BIOS) switch VT-d or AMD-Vi on.'];
  return warning(
    check,
    `vfio-pci has ${counted(forPrograms.length, 'device')} without an IOMMU: a program that has one reads and writes all memory of the node.`,
    cure,
  );
}
