/** A machine with one PF and two VFs, with namespaces and time: state that a test can look at, and accidents. */
import type { OnOff } from '../../schemas/words.ts';
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
  parentDevice?: string;
  master?: string;
  addresses: string[];
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
  vlan: { id: number; qos: number };
  /** Undefined: the driver does not tell and cannot set it. */
  spoofchk: OnOff | undefined;
  trust: OnOff | undefined;
};

/** When the kernel brings a VF home from a dead sandbox, and when udev then names it; never if absent. */
export type Homecoming = { readonly afterMs?: number; readonly udevAfterMs?: number };

export type Namespace = {
  links: ModelLink[];
  readonly sysctls: Map<string, string>;
  openBy: number;
  dies?: Homecoming;
};

export type Machine = {
  readonly clock: Clock;
  readonly steps: Steps;
  readonly pf: { address: string; name: string | undefined; mtu: number };
  vfs: ModelVf[];
  readonly home: Namespace;
  readonly sandboxes: Map<string, Namespace>;
  readonly locked: Set<string>;
};

export type MachineOptions = {
  readonly driver?: DriverName;
  /** Pins the first VF to its MAC. */
  readonly isPinned?: boolean;
  /** Trusts the first VF. */
  readonly isTrusted?: boolean;
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
  link = {},
}: MachineOptions = {}): Machine {
  const first = newVf(driver, FIRST_VF, 0);
  Object.assign(first.link, link);
  if (isPinned) Object.assign(first, { isPinned: true, shownMac: first.link.mac });
  if (isTrusted) first.trust = 'on';
  const vfs = [first, newVf(driver, SECOND_VF, 1)];
  const pfLink = newLink({ name: 'enp1s0', mac: '52:54:00:00:00:00', mtu: 9000, isUp: true });
  return {
    clock: createClock(),
    steps: createSteps(),
    pf: { address: '0000:01:00.0', name: 'enp1s0', mtu: 9000 },
    vfs,
    home: newNamespace([pfLink, ...vfs.map((vf) => vf.link)]),
    sandboxes: new Map([POD_A, POD_B].map((path) => [path, newSandbox()])),
    locked: new Set(),
  };
}

export function newLink(settings: Partial<ModelLink> & { name: string }): ModelLink {
  return {
    mac: '02:00:00:00:00:99',
    ...PLAIN_LINK,
    altnames: [],
    linkType: 'ether',
    addresses: [],
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
  };
}

const newNamespace = (links: ModelLink[]): Namespace => ({ links, sysctls: new Map(), openBy: 0 });

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

/** What the kernel does to a link that leaves a namespace. */
export function leave(machine: Machine, from: Namespace, link: ModelLink): void {
  setDown(machine, link);
  link.addresses = [];
  link.routes = [];
  from.links = from.links.filter((other) => other !== link);
}

export function setDown({ vfs }: Machine, link: ModelLink): void {
  if (!link.isUp) return;
  link.isUp = false;
  link.routes = [];
  const vf = vfs.find((one) => one.link === link);
  vf?.model.goDown(vf);
}

/** The sandbox loses its path, and dies as soon as nobody has it open. */
export function kill(machine: Machine, path: string, homecoming: Homecoming = {}): void {
  const sandbox = sandboxAt(machine, path);
  machine.sandboxes.delete(path);
  sandbox.dies = homecoming;
  dieIfAlone(machine, sandbox);
}

export function dieIfAlone(machine: Machine, sandbox: Namespace): void {
  if (!sandbox.dies || sandbox.openBy > 0) return;
  const { afterMs = 0, udevAfterMs } = sandbox.dies;
  for (const vf of machine.vfs.filter(({ link }) => sandbox.links.includes(link))) {
    leave(machine, sandbox, vf.link);
    machine.clock.after(afterMs, () => {
      bringHome(machine, vf.link);
      if (udevAfterMs !== undefined) machine.clock.after(udevAfterMs, () => nameByUdev(machine, vf));
    });
  }
  machine.clock.pass(0);
}

/** The link keeps the pod's name, unless it is taken; and its altnames, but for those that are. */
function bringHome({ home }: Machine, link: ModelLink): void {
  if (isTaken(home, link.name)) link.name = 'dev7';
  link.altnames = link.altnames.filter((altname) => !isTaken(home, altname));
  home.links.push(link);
}

function nameByUdev({ home }: Machine, { link, udevName }: ModelVf): void {
  if (home.links.includes(link) && !isTaken(home, udevName)) link.altnames.push(udevName);
}

/** sriov_numvfs = 0: VFs and links are gone, wherever they were. */
export function removeVfs(machine: Machine): void {
  const gone = machine.vfs.map(({ link }) => link);
  for (const namespace of [machine.home, ...machine.sandboxes.values()]) {
    namespace.links = namespace.links.filter((link) => !gone.includes(link));
  }
  machine.vfs = [];
}

const LONG_MS = 20_000;

/** All that there is, once what is under way has happened. Equal if nothing was changed, or all was restored. */
export function snapshot(machine: Machine): object {
  machine.clock.pass(LONG_MS);
  const shown = ({ links }: Namespace) =>
    links
      .map(({ altnames, addresses, routes, ...link }) => ({
        ...link,
        altnames: [...altnames].sort(),
        addresses: [...addresses],
        routes: [...routes],
      }))
      .sort((one, other) => one.name.localeCompare(other.name));
  return {
    pf: { ...machine.pf },
    vfs: machine.vfs.map(({ model, link, ...vf }) => ({ ...vf, vlan: { ...vf.vlan }, mac: link.mac })),
    home: shown(machine.home),
    sandboxes: Object.fromEntries([...machine.sandboxes].map(([path, sandbox]) => [path, shown(sandbox)])),
    locked: [...machine.locked],
  };
}
