/** What we keep on disk of an attachment: enough for anybody to restore its VF and release its addresses. */
import * as z from 'zod/mini';
import { AbsolutePath, ContainerId, IfName, IpText, NetworkName, OnOff, PciAddress } from './words.ts';

const text = z.string();
const isTrue = z.boolean();

/**
 * The VF's link as ADD found it: what a program in the pod with NET_ADMIN can change by `ip link`. What it can change by
 * other means (ethtool, tc, devlink) is not kept; tc's filters go when the link leaves the namespace.
 */
export const LinkBefore = z.object({
  name: IfName,
  mac: text,
  mtu: z.number(),
  txQueueLength: z.number(),
  isUp: isTrue,
  isPromiscuous: isTrue,
  isAllMulticast: isTrue,
  isMulticast: isTrue,
  hasArp: isTrue,
  hasXdp: isTrue,
  alias: text,
  altnames: z.array(text),
  /** Whether the kernel names the link's PCI device (`parentdev`). */
  hasParentDevice: isTrue,
});
export type LinkBefore = z.output<typeof LinkBefore>;

/** The PF's settings for the VF as ADD found them: only those that the network configuration sets. */
export const VfSettings = z.object({
  /** `protocol` only if it is not 802.1Q. */
  vlan: z.optional(z.object({ id: z.number(), qos: z.number(), protocol: z.optional(text) })),
  spoofchk: z.optional(OnOff),
  trust: z.optional(OnOff),
});
export type VfSettings = z.output<typeof VfSettings>;

/**
 * The admin MAC as ADD found it. `isPinned` tells what the PF does not: whether the VF was bound to it. It is absent
 * until ADD has found out, and then the admin MAC has not been touched.
 */
export const AdminMacBefore = z.object({ shown: text, isPinned: z.optional(isTrue) });
export type AdminMacBefore = z.output<typeof AdminMacBefore>;

export const Before = z.object({
  link: LinkBefore,
  settings: VfSettings,
  adminMac: z.optional(AdminMacBefore),
});
export type Before = z.output<typeof Before>;

export const RECORD_FORMAT = 1;

export const AttachmentRecord = z.object({
  format: z.literal(RECORD_FORMAT),
  attachment: z.object({ network: NetworkName, containerId: ContainerId, ifName: IfName }),
  device: PciAddress,
  /** CNI_NETNS as the runtime gave it. */
  sandbox: text,
  /** /proc/sys/kernel/random/boot_id: after a reboot no sandbox of before lives. */
  bootId: text,
  /** ADD has not answered yet: a further ADD of the same attachment may start anew. */
  isUnfinished: isTrue,
  addresses: z.object({ dataDir: AbsolutePath, held: z.array(IpText) }),
  before: Before,
});
export type AttachmentRecord = z.output<typeof AttachmentRecord>;
