/** What cannot be attached, decided before any change; pure. */
import { CniError } from '../../schemas/fault.ts';
import { KEY_OF } from '../../schemas/netconf.ts';
import type { VfSettings } from '../../schemas/record.ts';
import { type Desired, touchesPf } from './desired.ts';
import { type Device, isForUserspace, type Link, type Observed, pfNameOf, type Vf } from './observed.ts';

function unfit(device: string, reason: string): CniError {
  return new CniError('device-unfit', `Cannot attach ${device}: ${reason}`);
}

const UNFIT: { [Is in Exclude<Device['is'], 'vf'>]: (device: Extract<Device, { is: Is }>) => string } = {
  absent: () =>
    'there is no such device on this node. Were its VFs made (sriov_numvfs) after the last reboot?',
  pf: ({ vfs }) =>
    `it is a PF (with ${vfs} VFs), and moving it would take the network from all. Name one of its VFs`,
};

/** Drivers of VFs only: without a PF in sight they tell that we are inside a VM that was given a VF. */
export const VF_DRIVERS = ['igbvf', 'ixgbevf', 'iavf', 'i40evf', 'fm10k_vf', 'cxgb4vf', 'hinic_vf', 'hns3vf'];

/** The VF at the address, or the reason why there is none that could be attached. */
export function vfOf(device: Device, { device: address, allowsNoPf }: Desired): Vf {
  if (device.is !== 'vf') {
    throw unfit(address, (UNFIT[device.is] as (device: Device) => string)(device));
  }
  if (device.pf || allowsNoPf || VF_DRIVERS.includes(device.driver ?? '')) return device;
  throw unfit(
    address,
    'it is not a virtual function: sysfs shows no PF that has it. Inside a VM that was given it, set allowNoPF to true',
  );
}

function noLink({ address, driver }: Vf): CniError {
  if (driver === undefined) return unfit(address, 'no driver is bound to it. Bind its network driver');
  return new CniError(
    'device-in-use',
    `Cannot attach ${address}: its link is not in the host's network namespace, and no record says whose it is. ` +
      'Another program moved it into a namespace',
  );
}

const FOR_INFINIBAND = 'Use the plugin ib-sriov for InfiniBand';

function refuseLink({ device, mtu }: Desired, vf: Vf, home: Link): void {
  if (home.linkType === 'infiniband') {
    throw unfit(device, `its link ${home.name} is InfiniBand, not Ethernet. ${FOR_INFINIBAND}`);
  }
  if (home.linkType !== 'ether') throw unfit(device, `its link is ${home.linkType}, not Ethernet`);
  if (home.master !== undefined) {
    throw new CniError(
      'device-in-use',
      `Cannot attach ${device}: its link ${home.name} belongs to ${home.master}`,
    );
  }
  if (mtu !== undefined && vf.pf?.mtu !== undefined && mtu > vf.pf.mtu) {
    throw new CniError('netconf', `mtu: cannot be ${mtu}, the PF ${pfNameOf(vf)} has ${vf.pf.mtu}`);
  }
}

function whyPfShowsNothing({ pf, index }: Vf): string {
  if (!pf) return 'it has no PF here (a VF in a VM). Let the host of the VM set them';
  return pf.name === undefined
    ? `its PF ${pf.address} has no network interface here`
    : `its PF ${pf.name} does not list VF ${index}`;
}

/** What the PF does not show could not be restored. */
function refusePf({ settings, mac }: Desired, vf: Vf, shown: Observed['shown']): void {
  if (shown) return;
  const keys = (Object.keys(settings) as (keyof VfSettings)[]).map((key) => KEY_OF[key]);
  const wanted = [...keys, ...(mac ? ['mac'] : [])].join(', ');
  throw new CniError('device-unfit', `Cannot set ${wanted} of ${vf.address}: ${whyPfShowsNothing(vf)}`);
}

function refuseSwitchdev(vf: Vf): void {
  if (!vf.pf?.isSwitchdev) return;
  throw unfit(
    vf.address,
    `its PF ${pfNameOf(vf)} is in switchdev mode, where VFs are set up through their representors. ` +
      'Use ovs-cni or accelerated-bridge-cni, or set the PF to legacy mode (devlink dev eswitch set ... mode legacy)',
  );
}

/** A VF that has no link for good, and what cannot be had of it. */
function refuseUserspace({ resetsFunction }: Desired, { address, canReset }: Vf): void {
  if (resetsFunction && !canReset) throw unfit(address, 'it cannot be reset (functionLevelReset)');
}

/** The VF's link at home, if it has one, once nothing about the VF stands against attaching it. */
export function attachableLink(desired: Desired, vf: Vf, { home, shown }: Observed): Link | undefined {
  const isLinkless = isForUserspace(vf);
  if (!home && !isLinkless) throw noLink(vf);
  refuseSwitchdev(vf);
  if (isLinkless) refuseUserspace(desired, vf);
  else if (home) refuseLink(desired, vf, home);
  if (touchesPf(desired)) refusePf(desired, vf, shown);
  return isLinkless ? undefined : home;
}

export function refuseTakenName({ attachment, sandbox }: Desired, links: readonly Link[]): void {
  const { ifName } = attachment;
  if (links.some(({ name, altnames }) => name === ifName || altnames.includes(ifName))) {
    throw new CniError('name-taken', `The sandbox ${sandbox} has an interface ${ifName} already`);
  }
}
