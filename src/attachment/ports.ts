/** All that attaching asks of the world. Implemented in src/host and ipam, wired in cmd/sriov/main.ts. */
import type { Attachment, Sought } from '../../schemas/attachment.ts';
import type { Dns } from '../../schemas/ipam-conf.ts';
import type { Policy } from '../../schemas/policy.ts';
import type { AttachmentRecord, Delegate } from '../../schemas/record.ts';
import type { Result, ResultRoute } from '../../schemas/result.ts';
import type { NetworkName, PciAddress } from '../../schemas/words.ts';
import type { Change, Refusal } from './change.ts';
import type { OwnIpam } from './desired.ts';
import type { Asks, Device, Link, Observed, ObservedNetwork, Vf } from './observed.ts';

/** An open network namespace: it cannot die, nor its path come to mean another, while we hold it. */
export type Sandbox = { readonly path: string; readonly fd: number; readonly inode: number };

export type Host = {
  /** Throws CniError `netns` if the path is no living namespace, or our own (unless told that it may be). */
  openSandbox(path: string): Sandbox;
  closeSandbox(sandbox: Sandbox): void;
  /** Whether the path leads to our own namespace, and that has the inode, if any is told. */
  isOwn(path: string, inode: number | undefined): boolean;
  /** A path to each network namespace that a process or a mount holds, but for our own. */
  namespaces(): readonly { readonly path: string; readonly inode: number }[];
  findDevice(address: PciAddress): Device;
  /**
   * The VF's link in our namespace and, if asked for, what the PF shows: asking a PF for its VFs costs 1 to 2 ms per
   * VF on real NICs.
   */
  observe(vf: Vf, asks: Asks): Promise<Observed>;
  linksIn(sandbox: Sandbox): Promise<readonly Link[]>;
  observeNetwork(sandbox: Sandbox, linkName: string): Promise<ObservedNetwork>;
  /** Makes the changes in order and stops at the first refusal. */
  make(changes: readonly Change[], sandbox?: Sandbox): Promise<Refusal | undefined>;
  /** Makes all changes, whatever is refused. */
  makeAll(changes: readonly Change[], sandbox?: Sandbox): Promise<readonly Refusal[]>;
  bootId(): string;
  /** The clock on the wall: ISO 8601, UTC. It may be set at any time. */
  now(): string;
};

export type Records = {
  /** Undefined if there is none, or if it is damaged (then it is set aside and logged). */
  ofDevice(device: PciAddress): Promise<AttachmentRecord | undefined>;
  ofAttachment(sought: Sought): Promise<AttachmentRecord[]>;
  ofNetwork(network: NetworkName): Promise<AttachmentRecord[]>;
  /** Durable when it returns. Throws CniError `input-output`. */
  write(record: AttachmentRecord): Promise<void>;
  /** The device's record, and what a process that died while writing one left. */
  remove(device: PciAddress): Promise<void>;
  /** Path of the sandbox for which another program claims the device without a record that we understand. */
  claimOfOthers(device: PciAddress): Promise<string | undefined>;
  /** Once that sandbox is dead: its path may come to life again. */
  dropClaim(device: PciAddress): Promise<void>;
};

export type HeldAddress = { readonly address: string; readonly gateway?: string | undefined };

/** What an attachment was given. */
export type Grant = {
  readonly held: readonly HeldAddress[];
  /** Without `gw`: by the first gateway of the family. */
  readonly routes: readonly ResultRoute[];
  readonly dns?: Dns | undefined;
};

/** The ranges of a network configuration, checked. */
export type AddressPlan = {
  readonly families: readonly (4 | 6)[];
  /** Tells `intend` which addresses, then holds them; again if another took one meanwhile. */
  reserve(owner: Attachment, intend: (addresses: readonly string[]) => Promise<void>): Promise<Grant>;
};

/** One that was damaged names nobody: then the container id is empty. An unfinished reservation has no address yet. */
export type IsValid = (
  containerId: string,
  ifName: string | undefined,
  address: string | undefined,
) => boolean;

/** Reservations of another program may name no interface: then any attachment of the container counts. */
export type Addresses = {
  /** Throws CniError `netconf` with everything that is wrong. */
  plan(wanted: OwnIpam, dataDir: string): AddressPlan;
  /** Without a list: all that the owner holds. */
  release(owner: Attachment, dataDir: string, addresses?: readonly string[]): Promise<void>;
  missing(owner: Attachment, dataDir: string, addresses: readonly string[]): Promise<readonly string[]>;
  /** One sentence for each range set without a free address. */
  exhausted(network: NetworkName, wanted: OwnIpam, dataDir: string): Promise<readonly string[]>;
  /** Whoever holds an address of the network, or is about to. */
  holders(
    network: NetworkName,
    dataDir: string,
  ): Promise<readonly { readonly containerId: string; readonly ifName: string | undefined }[]>;
  collect(network: NetworkName, dataDir: string, isValid: IsValid): Promise<readonly string[]>;
};

/**
 * IPAM plugins that `ipam.type` names. All throw CniError `ipam-plugin` with what the plugin answered, or `netconf` if
 * there is no such plugin.
 */
export type Delegates = {
  /** Throws as above if the plugin cannot be started. */
  mustExist(delegate: Delegate): void;
  add(delegate: Delegate): Promise<Result>;
  /** For that attachment, which need not be the one of the command. */
  del(delegate: Delegate, of: { readonly attachment: Attachment; readonly sandbox: string }): Promise<void>;
  check(delegate: Delegate): Promise<void>;
  /** GC and STATUS. */
  ask(delegate: Delegate, command: 'GC' | 'STATUS'): Promise<void>;
};

/** The file that CNIDeviceInfoFile names. */
export type DeviceInfo = {
  write(path: string, info: object, device: PciAddress): void;
  /** Only if it tells of the device. Throws CniError `input-output`. */
  remove(path: string, device: PciAddress): void;
};

/** Holds the device's lock during the action. Throws CniError `busy` if it stays taken. */
export type WithLock = <T>(device: PciAddress, action: () => Promise<T>) => Promise<T>;

export type Log = (
  level: 'error' | 'warning' | 'info' | 'debug',
  message: string,
  fields?: Readonly<Record<string, string | number | undefined>>,
) => void;

export type World = {
  readonly host: Host;
  readonly records: Records;
  readonly addresses: Addresses;
  readonly delegates: Delegates;
  readonly deviceInfo: DeviceInfo;
  readonly withLock: WithLock;
  readonly log: Log;
  /** Of the node's administrator. */
  readonly policy: Policy;
  /** Throws CniError `busy` if the command's time is over. */
  readonly pause: (ms: number, why: string) => Promise<void>;
  /** Gives the action the time that is kept for undoing. */
  readonly whileUndoing: <T>(action: () => Promise<T>) => Promise<T>;
  /** What an ADD would miss on this node, in sentences. */
  readonly readiness: () => readonly string[];
  /** Throws CniError `incompatible-version` if the version asked for cannot express the result. */
  readonly mustExpress: (result: Result) => void;
};
