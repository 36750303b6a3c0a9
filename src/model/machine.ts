/** A machine with one PF and two VFs, with namespaces and time: state that a test can look at, and accidents. */
import type { LinkState, OnOff } from '../../schemas/words.ts';
import type { Homecoming } from './accidents.ts';
import { type Clock, createClock } from './clock.ts';
import { DRIVER_MODELS, type DriverModel, type DriverName, shownUnpinned } from './driver-models.ts';
import { PLAIN_LINK } from './plain-link.ts';
import { createSteps, type Steps } from './steps.ts';

export type ModelLink = {
  name: string;
  mac: string;
  mtu: number;
  isUp: boolean;
  isPromiscuous: boolean;
  isAllMulticast: boolean;
  isMulticast: boolean;
  hasArp: boolean;
  hasXdp: boolean;
  txQueueLength: number;
  alias: string;
  altnames: string[];
  linkType: string;
  hasCarrier: boolean;
  parentDevice?: string;
  master?: string;
  addresses: string[];
  /** Addresses of which duplicate detection has not told yet that nobody else has them. */
  doubtful: Map<string, 'tentative' | 'duplicate'>;
  routes: { dst: string; gw?: string }[];
};

export type ModelVf = {
  readonly address: string;
  readonly index: number;
  readonly model: DriverModel;
  readonly link: ModelLink;
  /** The name that udev has for the link. */
  readonly udevName: string;
  driver: string | undefined;
  shownMac: string;
  isPinned: boolean;
  isDeaf: boolean;
  vlan: { id: number; qos: number; protocol?: string };
  /** Undefined, as the others below: the driver does not tell and cannot set it. */
  spoofchk: OnOff | undefined;
  trust: OnOff | undefined;
  linkState: LinkState | undefined;
  minTxRate: number | undefined;
  maxTxRate: number | undefined;
  canReset: boolean;
  /** What a program left in the queues, until the function is reset. */
  isDirty: boolean;
};

export type Namespace = {
  readonly inode: number;
  links: ModelLink[];
  readonly sysctls: Map<string, string>;
  openBy: number;
  dies?: Homecoming;
};

export type Machine = {
  readonly clock: Clock;
  readonly steps: Steps;
  /** Not there at all inside a VM that was given the VFs. */
  readonly pf: {
    address: string;
    name: string | undefined;
    mtu: number;
    isThere: boolean;
    isDown: boolean;
    isSwitchdev: boolean;
  };
  vfs: ModelVf[];
  readonly home: Namespace;
  readonly sandboxes: Map<string, Namespace>;
  readonly locked: Set<string>;
  bootId: string;
  /** Whether a MAC that the link has reaches the driver: before Linux 6.5 (dev_set_mac_address). */
  readonly isBeforeLinux65: boolean;
  /** How long a link that came up has no carrier. */
  carrierMs: number;
  /** IPv6 addresses that others on the wire have. */
  readonly neighbours: Set<string>;
  /** Addresses that the neighbours were told of. */
  readonly announced: string[];
};

export type MachineOptions = {
  readonly driver?: DriverName;
  /** Pins the first VF to its MAC. */
  readonly isPinned?: boolean;
  /** Trusts the first VF. */
  readonly isTrusted?: boolean;
  readonly isBeforeLinux65?: boolean;
  /** How the link of the first VF differs from a new one. */
  readonly link?: Partial<ModelLink>;
};

export const FIRST_VF = '0000:01:10.0';
export const SECOND_VF = '0000:01:10.2';
export const POD_A = '/run/netns/pod-a';
export const POD_B = '/run/netns/pod-b';

export function createMachine({
  driver = 'reset',
  isPinned = false,
  isTrusted = false,
  isBeforeLinux65 = false,
  link = {},
}: MachineOptions = {}): Machine {
  const first = newVf(driver, FIRST_VF, 0);
  Object.assign(first.link, link, { hasCarrier: link.isUp ?? false });
  if (isPinned) Object.assign(first, { isPinned: true, shownMac: first.link.mac });
  if (isTrusted) first.trust = 'on';
  const vfs = [first, newVf(driver, SECOND_VF, 1)];
  const pfLink = newLink({ name: 'enp1s0', mac: '52:54:00:00:00:00', mtu: 9000, isUp: true });
  return {
    clock: createClock(),
    steps: createSteps(),
    pf: {
      address: '0000:01:00.0',
      name: 'enp1s0',
      mtu: 9000,
      isThere: true,
      isDown: false,
      isSwitchdev: false,
    },
    vfs,
    home: newNamespace([pfLink, ...vfs.map((vf) => vf.link)]),
    sandboxes: new Map([POD_A, POD_B].map((path) => [path, newSandbox()])),
    locked: new Set(),
    bootId: 'boot-1',
    isBeforeLinux65,
    carrierMs: 0,
    neighbours: new Set(),
    announced: [],
  };
}

export function newLink(settings: Partial<ModelLink> & { name: string }): ModelLink {
  return {
    mac: '02:00:00:00:00:99',
    ...PLAIN_LINK,
    altnames: [],
    linkType: 'ether',
    hasCarrier: settings.isUp ?? false,
    addresses: [],
    doubtful: new Map(),
    routes: [],
    ...settings,
  };
}

function newVf(driver: DriverName, address: string, index: number): ModelVf {
  const udevName = `enp1s0v${index}`;
  const mac = `02:00:00:00:01:0${index}`;
  return {
    address,
    index,
    model: DRIVER_MODELS[driver],
    link: newLink({ name: udevName, mac, parentDevice: address }),
    udevName,
    driver: 'igbvf',
    shownMac: shownUnpinned(driver, mac),
    isPinned: false,
    isDeaf: false,
    vlan: { id: 0, qos: 0 },
    spoofchk: 'on',
    trust: 'off',
    linkState: 'auto',
    minTxRate: 0,
    maxTxRate: 0,
    canReset: true,
    isDirty: false,
  };
}

let namespaces = 4026531840;

export function newNamespace(links: ModelLink[] = []): Namespace {
  namespaces += 1;
  return { inode: namespaces, links, sysctls: new Map(), openBy: 0 };
}

function newSandbox(): Namespace {
  return newNamespace([
    newLink({ name: 'lo', linkType: 'loopback', isUp: true }),
    newLink({ name: 'eth0', isUp: true, routes: [{ dst: '0.0.0.0/0', gw: '10.244.0.1' }] }),
  ]);
}

export function vfAt({ vfs }: Machine, address: string = FIRST_VF): ModelVf {
  const vf = vfs.find((one) => one.address === address);
  if (!vf) throw new Error(`The machine has no VF ${address}`);
  return vf;
}

export function sandboxAt({ sandboxes }: Machine, path: string = POD_A): Namespace {
  const sandbox = sandboxes.get(path);
  if (!sandbox) throw new Error(`The machine has no sandbox ${path}`);
  return sandbox;
}

export function isTaken({ links }: Namespace, name: string): boolean {
  return links.some((link) => link.name === name || link.altnames.includes(name));
}
