/** What the host can tell of a VF: facts, no judgement. */
import { beforeInAlias } from '../../schemas/alias.ts';
import type { AttachmentRecord, LinkBefore, VfSettings } from '../../schemas/record.ts';
import type { PciAddress } from '../../schemas/words.ts';
import { touchesPf } from './desired.ts';

/** What sysfs knows of a PCI address. */
export type Device =
  | { readonly is: 'absent' }
  | { readonly is: 'pf'; readonly vfs: number }
  | ({ readonly is: 'vf' } & Vf);

export type Pf = {
  readonly address: string;
  /** Of its own link, if that is in our network namespace. */
  readonly name?: string;
  readonly mtu?: number;
  readonly isDown?: true;
  /** Its VFs are ports of a switch, each with a representor link on the host. */
  readonly isSwitchdev?: true;
};

export type Vf = {
  readonly address: PciAddress;
  /** Absent inside a VM that was given the VF: then it looks like a device of its own. */
  readonly pf?: Pf;
  /** Among the VFs of the PF; 0 without a PF. */
  readonly index: number;
  readonly canReset?: true;
  readonly driver?: string;
  /** The VF's link, if it is in our own network namespace. */
  readonly linkName?: string;
};

/** Whether its driver gives the device to a program, without a link in the kernel. */
export function isForUserspace({ driver = '' }: Pick<Vf, 'driver'>): boolean {
  return ['vfio-pci', 'uio_pci_generic', 'igb_uio'].includes(driver);
}

/** Without a driver there is no link, and a driver for userspace took it away for good. */
export function mayHaveLink(vf: Pick<Vf, 'driver'>): boolean {
  return vf.driver !== undefined && !isForUserspace(vf);
}

/** In another namespace, or on its way. */
export const isLinkAway = (vf: Vf) => vf.linkName === undefined && mayHaveLink(vf);

/** Of a VF for userspace, only the PF can tell anything. */
export function asksPf(vf: Vf, desired: Parameters<typeof touchesPf>[0]): Asks {
  return touchesPf(desired) || isForUserspace(vf) ? 'link and PF' : 'link';
}

export type Asks = 'link' | 'link and PF';

/** For `ip`, which says that there is no such device where the PF has no link in our namespace. */
export function pfNameOf({ pf, address }: Vf): string {
  return pf?.name ?? pf?.address ?? address;
}

/** A link in some network namespace. */
export type Link = Omit<LinkBefore, 'hasParentDevice' | 'altnames'> & {
  readonly altnames: readonly string[];
  /** PCI address of the link's device; a veth has none. */
  readonly parentDevice?: string;
  /** The bond, bridge or VRF that the link belongs to. */
  readonly master?: string;
  /** `ether`, `infiniband`, ... as `ip` shows it. */
  readonly linkType: string;
  readonly hasCarrier: boolean;
};

/** What the PF shows of one VF. A setting that the driver cannot tell is absent. */
export type ShownByPf = Omit<VfSettings, 'vlan'> & {
  readonly vlan: { readonly id: number; readonly qos: number; readonly protocol?: string };
  readonly mac: string;
};

export type Observed = {
  /** The VF's link in our own namespace. */
  readonly home?: Link;
  /** Present if it was asked for and the PF lists the VF. */
  readonly shown?: ShownByPf;
  /** What the PF shows of its other VFs. */
  readonly others?: readonly OtherVf[];
};

export type OtherVf = { readonly index: number; readonly mac: string };

/** What a sandbox's interface has for addresses and routes. */
export type ObservedNetwork = {
  readonly addresses: readonly string[];
  /** Those for which duplicate detection is under way, and those that a neighbour has. */
  readonly tentative: readonly string[];
  readonly duplicate: readonly string[];
  readonly routes: readonly { readonly dst: string; readonly gw?: string }[];
};

/** By what a VF's link is known in any namespace. */
export type Identity = {
  readonly device: PciAddress;
  /** Whether the kernel names the link's device. Only if not is our alias believed: a pod can write it, too. */
  readonly hasParentDevice: boolean;
};

/** The VF's link among those of a sandbox: by its PCI address, else by our alias; never by its name. */
export function vfLinkIn(links: readonly Link[], { device, hasParentDevice }: Identity): Link | undefined {
  const byDevice = links.find(({ parentDevice }) => parentDevice === device);
  if (byDevice || hasParentDevice) return byDevice;
  return links.find(({ parentDevice, alias }) => parentDevice === undefined && beforeInAlias(device, alias));
}

/** The identity of a recorded attachment's link. */
export function identityOf({ device, before }: Pick<AttachmentRecord, 'device' | 'before'>): Identity {
  return { device, hasParentDevice: before.link?.hasParentDevice ?? true };
}
