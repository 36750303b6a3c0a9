/** A VF with a link: set up at home, moved into the sandbox, and given its network there. */
import { CniError } from '../../schemas/fault.ts';
import type { Change } from './change.ts';
import type { Desired } from './desired.ts';
import { mustBeUnique } from './duplicates.ts';
import { attachMac } from './mac.ts';
import { type Memory, remember } from './memory.ts';
import { mustMake } from './must-make.ts';
import { identityOf, type Link, type Observed, type Vf, vfLinkIn } from './observed.ts';
import { planDistrust, planMark, planMove, planNetwork, planSettings, planUp } from './plan.ts';
import type { Grant, Sandbox, World } from './ports.ts';

export type LinkAttaching = {
  readonly desired: Desired;
  readonly vf: Vf;
  readonly home: Link;
  readonly seen: Observed;
  /** Links of the sandbox. */
  readonly neighbours: readonly Link[];
  readonly sandbox: Sandbox;
  readonly world: World;
};

export async function moveIn(attaching: LinkAttaching, memory: Memory): Promise<void> {
  const { desired, home, neighbours, sandbox, world } = attaching;
  const { ifName } = desired.attachment;
  const changes = [
    ...(await settingsAfterMac(attaching, memory)),
    ...planMove(ifName, home, neighbours),
    ...(desired.delegate ? [planUp(ifName)] : []),
  ];
  await mustMake(world, changes, sandbox);
}

/** Returns the link as it then is in the sandbox. */
export async function giveNetwork(attaching: LinkAttaching, memory: Memory, grant: Grant): Promise<Link> {
  const { desired, sandbox, world } = attaching;
  const { ifName } = desired.attachment;
  await mustMake(world, planNetwork(ifName, desired, grant), sandbox);
  if (desired.detectsDuplicates) await mustBeUnique(ifName, grant.held, { sandbox, world });
  const link = vfLinkIn(await world.host.linksIn(sandbox), identityOf(memory.record));
  if (link) return link;
  throw new CniError('kernel-refused', `The link of ${desired.device} left the sandbox during ADD`);
}

/** Sets the MAC, while the VF is not trusted; returns the changes to all other settings. */
async function settingsAfterMac(attaching: LinkAttaching, memory: Memory): Promise<readonly Change[]> {
  const { desired, vf, home, seen, world } = attaching;
  if (!isMacWanted(attaching)) return [planMark(vf, home), ...planSettings(desired, vf, seen, home)];
  const distrust = planDistrust(vf, seen);
  await mustMake(world, [planMark(vf, home), ...distrust]);
  await changeMac(attaching, memory);
  if (!seen.shown || distrust.length === 0) return planSettings(desired, vf, seen, home);
  const trusted = { ...desired, settings: { trust: 'on' as const, ...desired.settings } };
  return planSettings(trusted, vf, { ...seen, shown: { ...seen.shown, trust: 'off' } }, home);
}

function isMacWanted({ desired: { mac }, home, seen }: LinkAttaching): boolean {
  return mac !== undefined && (home.mac !== mac || seen.shown?.mac !== mac);
}

async function changeMac({ desired, vf, home, world }: LinkAttaching, memory: Memory): Promise<void> {
  const { mac } = desired;
  if (mac === undefined) return;
  await attachMac({ vf, link: home.name, world }, mac, async (isPinned) => {
    const { before } = memory.record;
    if (!before.adminMac) return;
    await remember(world, memory, { before: { ...before, adminMac: { ...before.adminMac, isPinned } } });
  });
}
