/** What a PF has to do with its VFs, besides what every card has. */
import type { PciAddress } from '../../../schemas/words.ts';
import type { Nic } from '../nics.ts';
import { findDevice } from '../sysfs.ts';
import { numberOf } from '../sysfs-file.ts';

export type PfNic = Nic & {
  readonly vfs: NonNullable<Nic['vfs']>;
  /** Whether new VFs get their driver; absent before Linux 4.13. */
  readonly bindsVfs?: boolean;
  readonly isSwitchdev?: true;
};

export function pfsAmong(nics: readonly Nic[], sys: string): PfNic[] {
  return nics.flatMap((nic) => {
    const { vfs, address } = nic;
    if (!vfs) return [];
    const binds = numberOf(`${sys}/bus/pci/devices/${address}/sriov_drivers_autoprobe`);
    return [
      {
        ...nic,
        vfs,
        ...(binds !== undefined && { bindsVfs: binds === 1 }),
        ...(isSwitchdev(sys, vfs.addresses) && { isSwitchdev: true as const }),
      },
    ];
  });
}

/** The PF's representors are told by its VFs. */
function isSwitchdev(sys: string, vfs: readonly (PciAddress | undefined)[]): boolean {
  const [address] = vfs.filter((one) => one !== undefined);
  const vf = address && findDevice(sys, address);
  return vf?.is === 'vf' && vf.pf?.isSwitchdev === true;
}
