/** What we keep on disk of an attachment: enough for anybody to restore its VF and release its addresses. */
import * as z from 'zod/mini';
import { PodName } from './environment.ts';
import {
  AbsolutePath,
  ContainerId,
  IfName,
  IpText,
  LinkState,
  NetworkName,
  OnOff,
  PciAddress,
} from './words.ts';

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
  /** Absent where nobody remembers them: then they are left as they are. */
  altnames: z.optional(z.array(text)),
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
  linkState: z.optional(LinkState),
  /** Mbit/s; 0 is no guarantee. */
  minTxRate: z.optional(z.number()),
  /** Mbit/s; 0 is no limit. */
  maxTxRate: z.optional(z.number()),
});
export type VfSettings = z.output<typeof VfSettings>;

/**
 * The admin MAC as ADD found it. `isPinned` tells what the PF does not: whether the VF was bound to it. It is absent
 * until ADD has found out, and then the admin MAC has not been touched.
 */
export const AdminMacBefore = z.object({ shown: text, isPinned: z.optional(isTrue) });
export type AdminMacBefore = z.output<typeof AdminMacBefore>;

export const Before = z.object({
  /** Absent where a driver for userspace has the VF: then there is no link. */
  link: z.optional(LinkBefore),
  settings: VfSettings,
  adminMac: z.optional(AdminMacBefore),
});
export type Before = z.output<typeof Before>;

export const Delegate = z.object({
  type: text,
  netconf: z.record(z.string(), z.unknown()),
  /** CNI_ARGS of ADD: they name the pod. */
  cniArgs: z.optional(text),
});
export type Delegate = z.output<typeof Delegate>;

export const RECORD_FORMAT = 1;

export const AttachmentRecord = z.object({
  format: z.literal(RECORD_FORMAT),
  attachment: z.object({ network: NetworkName, containerId: ContainerId, ifName: IfName }),
  device: PciAddress,
  /** As CNI_ARGS named it; for people only. */
  pod: z.optional(PodName),
  /** CNI_NETNS as the runtime gave it. */
  sandbox: text,
  /**
   * Inode number of the sandbox. Numbers are used again, so that another one proves the sandbox dead, but the same one
   * does not prove it alive.
   */
  sandboxInode: z.optional(z.number()),
  /** /proc/sys/kernel/random/boot_id: after a reboot no sandbox of before lives. */
  bootId: text,
  /** When ADD began, by the clock of the node: ISO 8601, UTC. For people only. Absent in records of before there was it. */
  since: z.optional(text),
  /** ADD has not answered yet or, of a VF for userspace, DEL has begun: nobody relies on it, and any ADD may start anew. */
  isUnfinished: isTrue,
  addresses: z.object({ dataDir: AbsolutePath, held: z.array(IpText) }),
  /** The IPAM plugin that gave the addresses instead of our store, and the configuration it was given. */
  delegate: z.optional(Delegate),
  /** The file that CNIDeviceInfoFile named. */
  deviceInfoFile: z.optional(AbsolutePath),
  /** A VF with a driver for userspace is reset before and after. */
  resetsFunction: z.optional(isTrue),
  /** Who made the attachment, if it was not us. */
  origin: z.optional(z.literal('sriov-cni')),
  before: Before,
});
export type AttachmentRecord = z.output<typeof AttachmentRecord>;
