/** What cannot be attached, said before any change; pure. */
import { CniError } from '../../schemas/fault.ts';
import type { PciAddress } from '../../schemas/words.ts';
import { type Desired, touchesPf } from './desired.ts';
import { type Device, isForUserspace, type Link, type Observed, type Vf } from './observed.ts';

const UNFIT: { [Is in Exclude<Device['is'], 'vf'>]: (device: Extract<Device, { is: Is }>) => string } = {
  absent: () =>
    'there is no such device on this node. Were its VFs made (sriov_numvfs) after the last reboot?',
  pf: ({ vfs }) =>
    `it is a PF (with ${vfs} VFs), and moving it would take the network from all. Name one of its VFs`,
  plain: () => 'it is not a virtual function: sysfs shows no PF that has it',
};

/** The VF at the address, or the reason why there is none that could be attached. */
export function vfOf(device: Device, address: PciAddress): Vf {
  if (device.is === 'vf') return device;
  const reason = (UNFIT[device.is] as (device: Device) => string)(device);
  throw new CniError('device-unfit', `Cannot attach ${address}: ${reason}`);
}

function noLink({ address, driver }: Vf): CniError {
  if (driver === undefined) {
    return new CniError(
      'device-unfit',
      `Cannot attach ${address}: no driver is bound to it. Bind its network driver`,
    );
  }
  if (isForUserspace(driver)) {
    return new CniError(
      'device-unfit',
      `Cannot attach ${address}: its driver ${driver} is for userspace, which is not supported yet`,
    );
  }
  return new CniError(
    'device-in-use',
    `Cannot attach ${address}: its link is not in the host's network namespace, and no record says whose it is. ` +
      'Another program moved it into a namespace',
  );
}

function refuseLink({ device, mtu }: Desired, vf: Vf, home: Link): void {
  if (home.linkType !== 'ether') {
    throw new CniError('device-unfit', `Cannot attach ${device}: its link is ${home.linkType}, not Ethernet`);
  }
  if (home.master !== undefined) {
    throw new CniError(
      'device-in-use',
      `Cannot attach ${device}: its link ${home.name} belongs to ${home.master}`,
    );
  }
  if (mtu !== undefined && vf.pf.mtu !== undefined && mtu > vf.pf.mtu) {
    const pf = vf.pf.name ?? vf.pf.address;
    throw new CniError('netconf', `mtu: cannot be ${mtu}, the PF ${pf} has ${vf.pf.mtu}`);
  }
}

/** What the PF does not show could not be restored. */
function refusePf({ settings, mac }: Desired, { address, pf, index }: Vf, shown: Observed['shown']): void {
  if (shown) return;
  const wanted = [...Object.keys(settings), ...(mac ? ['mac'] : [])];
  const reason =
    pf.name === undefined
      ? `its PF ${pf.address} has no network interface here`
      : `its PF ${pf.name} does not list VF ${index}`;
  throw new CniError('device-unfit', `Cannot set ${wanted.join(', ')} of ${address}: ${reason}`);
}

/** The VF's link at home, once nothing about the VF stands against moving it. */
export function attachableLink(desired: Desired, vf: Vf, { home, shown }: Observed): Link {
  if (!home) throw noLink(vf);
  refuseLink(desired, vf, home);
  if (touchesPf(desired)) refusePf(desired, vf, shown);
  return home;
}

export function refuseTakenName({ attachment, sandbox }: Desired, links: readonly Link[]): void {
  const { ifName } = attachment;
  if (links.some(({ name, altnames }) => name === ifName || altnames.includes(ifName))) {
    throw new CniError('name-taken', `The sandbox ${sandbox} has an interface ${ifName} already`);
  }
}
