/** The machine as it is seen now, as a model on which commands can be rehearsed. */
import type { AttachmentRecord } from '../../../schemas/record.ts';
import { type PciAddress, ZERO_MAC } from '../../../schemas/words.ts';
import {
  type Asks,
  identityOf,
  type Link,
  type Observed,
  type ShownByPf,
  type Vf,
  vfLinkIn,
} from '../../attachment/observed.ts';
import type { World } from '../../attachment/ports.ts';
import { withLivingSandbox } from '../../attachment/sandbox.ts';
import { createClock } from '../../model/clock.ts';
import { DRIVER_MODELS, type DriverName } from '../../model/driver-models.ts';
import {
  type Machine,
  type ModelLink,
  type ModelVf,
  type Namespace,
  newLink,
  newNamespace,
} from '../../model/machine.ts';
import { createSteps } from '../../model/steps.ts';

/** What was read of the machine. */
export type Seen = {
  readonly vf: Vf;
  readonly observed: Observed;
  /** The living namespaces that may matter, by path. */
  readonly sandboxes: ReadonlyMap<string, SeenSandbox>;
  readonly bootId: string;
};

type SeenSandbox = { readonly inode: number; readonly links: readonly Link[] };

export async function look(
  world: World,
  vf: Vf,
  { asks, paths }: { readonly asks: Asks; readonly paths: readonly string[] },
): Promise<Seen> {
  const { host } = world;
  const observed = await host.observe(vf, asks);
  const sandboxes = new Map<string, SeenSandbox>();
  for (const path of new Set(paths)) {
    await withLivingSandbox(world, [path], async (living) => {
      if (living) sandboxes.set(path, { inode: living.inode, links: await host.linksIn(living) });
    });
  }
  return { vf, observed, sandboxes, bootId: host.bootId() };
}

/** How each driver takes MACs: see src/attachment/mac.ts. */
const DRIVERS: Readonly<Record<string, DriverName>> = {
  igbvf: 'reset',
  ixgbevf: 'reset',
  iavf: 'late',
  mlx5_core: 'both',
};

/** One that nobody knows: its PF shows the VF's own MAC before any is written, or none. */
function driverOf({ driver = '' }: Vf, shownBefore: string | undefined): DriverName {
  return DRIVERS[driver] ?? (shownBefore === ZERO_MAC ? 'both' : 'reset');
}

const HOME_MTU = 1500;

export function modelOf(
  { vf, observed, sandboxes, bootId }: Seen,
  record: AttachmentRecord | undefined,
): Machine {
  const spaces = namespacesOf(sandboxes);
  const link = observed.home ? modelLinkOf(observed.home) : awayLink(sandboxes, spaces, record);
  const adminMac = record?.bootId === bootId ? record.before.adminMac : undefined;
  const model = DRIVER_MODELS[driverOf(vf, adminMac?.shown ?? observed.shown?.mac)];
  // Who has written the admin MAC, has pinned it.
  const own = { ...modelVfOf(vf, observed, link), model, isPinned: adminMac?.isPinned !== undefined };
  const others = (observed.others ?? []).map(({ index, mac }) => neighbourOf(own, index, mac));
  const { pf } = vf;
  return {
    clock: createClock(),
    steps: createSteps(),
    pf: {
      address: pf?.address ?? 'none',
      name: pf?.name,
      mtu: pf?.mtu ?? HOME_MTU,
      isThere: pf !== undefined,
      isDown: pf?.isDown ?? false,
      isSwitchdev: pf?.isSwitchdev ?? false,
    },
    vfs: [own, ...others],
    home: newNamespace(observed.home ? [own.link] : []),
    sandboxes: spaces,
    locked: new Set(),
    bootId,
    isBeforeLinux65: false,
    carrierMs: 0,
    neighbours: new Set(),
    announced: [],
  };
}

/** Two paths may lead to one namespace. */
function namespacesOf(sandboxes: Seen['sandboxes']): Map<string, Namespace> {
  const byInode = new Map(
    [...sandboxes.values()].map(({ inode, links }) => [
      inode,
      { ...newNamespace(links.map(modelLinkOf)), inode },
    ]),
  );
  const paths = [...sandboxes].map(([path, { inode }]) => [path, byInode.get(inode) as Namespace] as const);
  return new Map(paths);
}

/** Where a pod has the VF, its link is there. */
function awayLink(
  sandboxes: Seen['sandboxes'],
  spaces: ReadonlyMap<string, Namespace>,
  record: AttachmentRecord | undefined,
): ModelLink | undefined {
  if (!record) return undefined;
  for (const [path, { links }] of sandboxes) {
    const away = vfLinkIn(links, identityOf(record));
    if (away) return spaces.get(path)?.links.find(({ name }) => name === away.name);
  }
  return undefined;
}

function modelLinkOf({ altnames, ...link }: Link): ModelLink {
  return { ...link, altnames: [...altnames], addresses: [], doubtful: new Map(), routes: [] };
}

type Unpinned = Omit<ModelVf, 'model' | 'isPinned'>;

function modelVfOf(vf: Vf, { shown }: Observed, link: ModelLink | undefined): Unpinned {
  const own = link ?? newLink({ name: vf.linkName ?? 'none', mac: shown?.mac ?? '' });
  const { mac = own.mac, vlan = { id: 0, qos: 0 }, ...settings }: Partial<ShownByPf> = shown ?? {};
  return {
    address: vf.address,
    index: vf.index,
    link: own,
    udevName: own.name,
    driver: vf.driver,
    shownMac: mac,
    isDeaf: false,
    vlan: { ...vlan },
    spoofchk: settings.spoofchk,
    trust: settings.trust,
    linkState: settings.linkState,
    minTxRate: settings.minTxRate,
    maxTxRate: settings.maxTxRate,
    canReset: vf.canReset ?? false,
    isDirty: false,
  };
}

function neighbourOf(own: ModelVf, index: number, mac: string): ModelVf {
  const address = `VF ${index}` as PciAddress;
  return { ...own, address, index, shownMac: mac, link: newLink({ name: address }) };
}
