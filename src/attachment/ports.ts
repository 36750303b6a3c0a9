/** All that attaching asks of the world. Implemented in src/host and ipam, wired in cmd/sriov/main.ts. */
import type { Attachment } from '../../schemas/attachment.ts';
import type { IpamConf } from '../../schemas/ipam-conf.ts';
import type { AttachmentRecord } from '../../schemas/record.ts';
import type { Result } from '../../schemas/result.ts';
import type { NetworkName, PciAddress } from '../../schemas/words.ts';
import type { Change, Refusal } from './change.ts';
import type { Device, Link, Observed, ObservedNetwork, Vf } from './observed.ts';

/** An open network namespace: it cannot die, nor its path come to mean another, while we hold it. */
export type Sandbox = { readonly path: string; readonly fd: number };

export type Host = {
  /** Throws CniError `netns` if the path is no living namespace, or our own (unless told that it may be). */
  openSandbox(path: string): Sandbox;
  closeSandbox(sandbox: Sandbox): void;
  findDevice(address: PciAddress): Device;
  /**
   * The VF's link in our namespace and, if asked for, what the PF shows: asking a PF for its VFs costs 1 to 2 ms per
   * VF on real NICs.
   */
  observe(vf: Vf, asks: 'link' | 'link and PF'): Promise<Observed>;
  linksIn(sandbox: Sandbox): Promise<readonly Link[]>;
  observeNetwork(sandbox: Sandbox, linkName: string): Promise<ObservedNetwork>;
  /** Makes the changes in order and stops at the first refusal. */
  make(changes: readonly Change[], sandbox?: Sandbox): Promise<Refusal | undefined>;
  /** Makes all changes, whatever is refused. */
  makeAll(changes: readonly Change[], sandbox?: Sandbox): Promise<readonly Refusal[]>;
  bootId(): string;
};

export type Records = {
  /** Undefined if there is none, or if it is damaged (then it is set aside and logged). */
  ofDevice(device: PciAddress): Promise<AttachmentRecord | undefined>;
  ofAttachment(attachment: Attachment): Promise<AttachmentRecord[]>;
  ofNetwork(network: NetworkName): Promise<AttachmentRecord[]>;
  /** Durable when it returns. Throws CniError `input-output`. */
  write(record: AttachmentRecord): Promise<void>;
  /** The device's record, and what a process that died while writing one left. */
  remove(device: PciAddress): Promise<void>;
};

export type HeldAddress = { readonly address: string; readonly gateway?: string | undefined };

/** The ranges of a network configuration, checked. */
export type AddressPlan = {
  readonly families: readonly (4 | 6)[];
  /** Tells `intend` which addresses, then holds them; again if another took one meanwhile. */
  reserve(
    owner: Attachment,
    intend: (addresses: readonly string[]) => Promise<void>,
  ): Promise<readonly HeldAddress[]>;
};

/** Reservations of another program may name no interface: then any attachment of the container counts. */
export type Addresses = {
  /** Throws CniError `netconf` with everything that is wrong. */
  plan(conf: IpamConf, dataDir: string): AddressPlan;
  /** Without a list: all that the owner holds. */
  release(owner: Attachment, dataDir: string, addresses?: readonly string[]): Promise<void>;
  missing(owner: Attachment, dataDir: string, addresses: readonly string[]): Promise<readonly string[]>;
  collect(
    network: NetworkName,
    dataDir: string,
    isValid: (containerId: string, ifName: string | undefined) => boolean,
  ): Promise<readonly string[]>;
};

/** Holds the device's lock during the action. Throws CniError `busy` if it stays taken. */
export type WithLock = <T>(device: PciAddress, action: () => Promise<T>) => Promise<T>;

export type Log = (level: 'error' | 'warning' | 'info' | 'debug', message: string) => void;

export type World = {
  readonly host: Host;
  readonly records: Records;
  readonly addresses: Addresses;
  readonly withLock: WithLock;
  readonly log: Log;
  readonly pause: (ms: number) => Promise<void>;
  /** What an ADD would miss on this node, in sentences. */
  readonly readiness: () => readonly string[];
  /** Throws CniError `incompatible-version` if the version asked for cannot express the result. */
  readonly mustExpress: (result: Result) => void;
};
