/**
 * Drivers take a MAC in different ways: igbvf an admin MAC only when the VF is reset, iavf late, mlx5 on PF and netdev
 * each for itself; and a VF whose admin MAC was set refuses any other from its netdev. So: write, read back, try the
 * next way.
 */

import { CniError } from '../../schemas/fault.ts';
import type { Before, LinkBefore } from '../../schemas/record.ts';
import { ZERO_MAC } from '../../schemas/words.ts';
import { type Change, type Refusal, refusalText } from './change.ts';
import { mustMake } from './must-make.ts';
import { type Observed, pfNameOf, type Vf } from './observed.ts';
import type { World } from './ports.ts';
import { type Patience, retry } from './retry.ts';

/** A way to bring a MAC about, and how long it may take to show. */
type Way = Patience & { readonly changes: (at: VfAtHome) => readonly Change[] };

type VfAtHome = { readonly vf: Vf; readonly link: string; readonly world: World };

/** iavf shows a new admin MAC once the PF has reset the VF. */
const LATE_MS = 150;
const LATEST_MS = 2000;

const onNetdev = ({ link }: VfAtHome, mac: string): Change => ({
  kind: 'set-link',
  place: 'home',
  link,
  settings: { mac },
});

const onPf = ({ vf }: Pick<VfAtHome, 'vf'>, mac: string): Change => ({
  kind: 'set-vf',
  pf: pfNameOf(vf),
  index: vf.index,
  settings: { mac },
});

/** Up and down again makes igbvf read its MAC from the PF. */
const reset = ({ link }: VfAtHome): Change[] =>
  [true, false].map((isUp) => ({ kind: 'set-link', place: 'home', link, settings: { isUp } }));

/** Under the name that its link has by now: udev may rename a link that has come home. */
function present(at: VfAtHome): VfAtHome {
  const device = at.world.host.findDevice(at.vf.address);
  return device.is === 'vf' && device.linkName ? { ...at, vf: device, link: device.linkName } : at;
}

async function shows(at: VfAtHome, isWanted: (seen: Observed) => boolean): Promise<boolean> {
  return isWanted(await at.world.host.observe(present(at).vf, 'link and PF'));
}

/** Tries one way after the other until the MAC shows. What the ways were refused is the answer if it never does. */
async function climb(
  at: VfAtHome,
  ways: readonly Way[],
  isWanted: (seen: Observed) => boolean,
): Promise<readonly Refusal[] | 'reached'> {
  const refusals: Refusal[] = [];
  for (const way of ways) {
    const refusal = await at.world.host.make(way.changes(present(at)));
    if (refusal) refusals.push(refusal);
    if (await retry(at.world, way, () => shows(at, isWanted))) return 'reached';
  }
  return refusals;
}

/** The errors of a netdev whose VF has an admin MAC that it may not override: igbvf; iavf; others. */
const PINNED = ['EADDRNOTAVAIL', 'EACCES', 'EPERM'];

/**
 * Writes the MAC to the netdev first: only its refusal tells whether the VF was pinned, and a pin that we made must be
 * undone in another way than one that was there. `remember` makes the finding durable before the PF is written.
 */
export async function attachMac(
  at: VfAtHome,
  mac: string,
  remember: (isPinned: boolean) => Promise<void>,
): Promise<void> {
  const { host } = at.world;
  const refusal = await host.make([onNetdev(at, mac)]);
  if (refusal && !PINNED.includes(refusal.errno ?? '')) {
    throw new CniError('kernel-refused', refusalText(refusal));
  }
  await remember(refusal !== undefined);
  await mustMake(at.world, [onPf(at, mac)]);
  await confirmMac(at, mac);
}

/** Through the PF alone, for a VF that has no netdev. */
export async function attachAdminMac(vf: Vf, mac: string, world: World): Promise<void> {
  await mustMake(world, [onPf({ vf }, mac)]);
  const patience = { why: 'the driver may take the admin MAC late', upToMs: LATEST_MS };
  const isShown = async () => (await world.host.observe(vf, 'link and PF')).shown?.mac === mac;
  if (await retry(world, patience, isShown)) return;
  throw new CniError(
    'kernel-refused',
    `The PF ${pfNameOf(vf)} does not show the MAC ${mac} of ${vf.address}`,
  );
}

async function confirmMac(at: VfAtHome, mac: string): Promise<void> {
  const ways: Way[] = [
    { why: 'the driver may take the admin MAC late', changes: () => [], upToMs: LATE_MS },
    { why: 'the netdev may need the MAC written, too', changes: (at) => [onNetdev(at, mac)], upToMs: 0 },
    { why: 'the driver may take the MAC at a reset of the VF', changes: reset, upToMs: LATEST_MS },
  ];
  const outcome = await climb(at, ways, ({ home }) => home?.mac === mac);
  if (outcome === 'reached') return;
  const tried = outcome.map(refusalText).join('; ');
  throw new CniError(
    'kernel-refused',
    `The VF ${at.vf.address} does not take the MAC ${mac}, written to PF and netdev, after a reset and ${LATEST_MS} ms. ${tried}`,
  );
}

/** After the PF forgot the MAC that we pinned, the netdev has to tell it again, and a VF that stays deaf is reset. */
function waysToBeFree(mac: string): Way[] {
  return [
    { why: 'the VF has to tell the PF its MAC', changes: (at) => [onNetdev(at, mac)], upToMs: LATE_MS },
    { why: 'the VF may be deaf until it is reset', changes: reset, upToMs: LATE_MS },
    { why: 'the driver may take the MAC only now', changes: (at) => [onNetdev(at, mac)], upToMs: LATEST_MS },
  ];
}

function waysToPin(mac: string, shown: string): Way[] {
  return [
    { why: 'the driver may take the admin MAC late', changes: (at) => [onPf(at, shown)], upToMs: LATE_MS },
    { why: 'the netdev may need the MAC written, too', changes: (at) => [onNetdev(at, mac)], upToMs: 0 },
    { why: 'the driver may take the MAC at a reset of the VF', changes: reset, upToMs: LATEST_MS },
  ];
}

/** The PF's side was not touched: only programs in the pod can have changed the netdev's MAC. */
function waysOfNetdev(mac: string): Way[] {
  return [
    { why: 'the driver may take the MAC late', changes: (at) => [onNetdev(at, mac)], upToMs: LATE_MS },
    { why: 'the driver may take the MAC at a reset of the VF', changes: reset, upToMs: LATEST_MS },
  ];
}

/** Whether there was anything to restore, and what the kernel refused of it. */
type Restored = readonly Refusal[] | 'reached' | 'as before';

type WithLink = Before & { readonly link: LinkBefore };

/** Both MACs as they were, on a VF that is at home; else what the kernel refused. */
export async function restoreMac(
  at: VfAtHome,
  { link, adminMac }: WithLink,
  seen: Observed,
): Promise<Restored> {
  const isOfNetdev = adminMac?.isPinned === undefined;
  const isAsBefore = ({ home, shown }: Observed) =>
    home?.mac === link.mac && (isOfNetdev || shown === undefined || shown.mac === adminMac.shown);
  // A pin does not show where the PF mirrors the MAC of the VF (igb): what we may have pinned is always freed. A PF that
  // showed another MAC mirrors nothing (mlx5): it shows what was written to it.
  const isWritten = adminMac && ![link.mac, ZERO_MAC].includes(adminMac.shown);
  if (adminMac?.isPinned === false && !isWritten)
    return free(at, { mac: link.mac, shown: adminMac.shown }, isAsBefore);
  if (isAsBefore(seen)) return 'as before';
  return climb(at, isOfNetdev ? waysOfNetdev(link.mac) : waysToPin(link.mac, adminMac.shown), isAsBefore);
}

async function free(
  at: VfAtHome,
  { mac, shown }: { readonly mac: string; readonly shown: string },
  isAsBefore: (seen: Observed) => boolean,
): Promise<readonly Refusal[] | 'reached'> {
  const refusal = await at.world.host.make([onPf(at, ZERO_MAC)]);
  // A driver without admin MACs has pinned none: the refusal by which ADD failed must not keep the VF from all.
  if (refusal && refusal.errno !== 'EOPNOTSUPP') return [refusal];
  const outcome = await climb(at, waysToBeFree(mac), isAsBefore);
  if (outcome === 'reached' || outcome.length > 0) return outcome;
  const why = 'the PF may show only what was written to it (mlx5)';
  return climb(at, [{ why, changes: (vf) => [onPf(vf, shown)], upToMs: LATEST_MS }], isAsBefore);
}

/** What is still wrong with the MACs, where the kernel refused nothing. */
export function macDifferences({ link, adminMac }: Before, { home, shown }: Observed): string[] {
  const isPfWritten = adminMac !== undefined && (!link || adminMac.isPinned !== undefined);
  return [
    ...(home && link && home.mac !== link.mac
      ? [`The MAC of ${home.name} is ${home.mac}, it was ${link.mac}`]
      : []),
    ...(isPfWritten && shown && shown.mac !== adminMac.shown
      ? [`The PF shows the MAC ${shown.mac}, it was ${adminMac.shown}`]
      : []),
  ];
}

/**
 * The PF's side of a VF that has no link at home: it is gone, or a driver for userspace has the VF. A program there can
 * change what the PF shows without our having written to it.
 */
export async function restoreAdminMac(
  vf: Vf,
  { link, adminMac }: Before,
  { seen: { shown }, world }: { readonly seen: Observed; readonly world: World },
): Promise<Restored> {
  const isToWrite = link ? adminMac?.isPinned !== undefined : shown && adminMac?.shown !== shown.mac;
  if (!adminMac || !isToWrite) return 'as before';
  const refusal = await world.host.make([
    onPf({ vf }, adminMac.isPinned === false ? ZERO_MAC : adminMac.shown),
  ]);
  return refusal ? [refusal] : 'reached';
}
