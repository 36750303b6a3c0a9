/** The end of a failed ADD, of DEL and of GC: back to what was, whatever happened since. */
import { CniError } from '../../schemas/fault.ts';
import type { AttachmentRecord, Before, LinkBefore } from '../../schemas/record.ts';
import { type Change, type Refusal, refusalText } from './change.ts';
import { touchesPf } from './desired.ts';
import { type Release, releaseAddresses } from './granting.ts';
import { macDifferences, restoreAdminMac, restoreMac } from './mac.ts';
import {
  identityOf,
  isForUserspace,
  isLinkAway,
  type Link,
  mayHaveLink,
  type Observed,
  type Vf,
  vfLinkIn,
} from './observed.ts';
import { isPassing } from './patient-host.ts';
import { planHome, planHomeAnyName, planHostName, planRestore } from './plan.ts';
import type { Sandbox, World } from './ports.ts';
import { retry } from './retry.ts';
import { inNamespaceOfLink } from './sandbox.ts';

/** What a restore works on. Without a sandbox (it died) the kernel brings the link home, in its own time. */
export type Attached = {
  readonly record: Pick<AttachmentRecord, 'device' | 'before' | 'resetsFunction' | 'sandboxInode'>;
  readonly sandbox?: Sandbox | undefined;
  readonly world: World;
};

const HOMECOMING = 'the kernel brings the link home from a dead sandbox';
/** What the kernel mostly needs, and when many namespaces die one after the other, each after a grace period of RCU. */
const HOMECOMING_MS = { soon: 3000, late: 7000 };
/** udev gives altnames to a link that comes home, at any moment. */
const SETTLING_MS = 2000;

export const mayHaveChangedPf = ({ settings, adminMac }: Before) =>
  touchesPf({ settings }) || adminMac !== undefined;

/**
 * The VF as sysfs shows it now: its link gets other names while we work. What the PF shows counts when the link is at home;
 * to ask for it takes 1 to 2 ms for each of its VFs.
 */
async function look({ record, world: { host } }: Attached, vf: Vf): Promise<{ vf: Vf; seen: Observed }> {
  const device = host.findDevice(vf.address);
  const now = device.is === 'vf' ? device : vf;
  const isYetToCome = record.before.link !== undefined && isLinkAway(now);
  const asks = mayHaveChangedPf(record.before) && !isYetToCome ? 'link and PF' : 'link';
  return { vf: now, seen: await host.observe(now, asks) };
}

/** Of a link that has been at home: it is asked for by name, and udev may be changing that. */
async function lookAtHome(attached: Attached, vf: Vf): Promise<{ vf: Vf; seen: Observed }> {
  const { record, world } = attached;
  let now = await look(attached, vf);
  if (!record.before.link || !mayHaveLink(vf)) return now;
  await retry(world, { why: 'udev renames the link', upToMs: SETTLING_MS }, async () => {
    if (now.seen.home === undefined) now = await look(attached, vf);
    return now.seen.home !== undefined;
  });
  return now;
}

/** What was seen last, and what the kernel refused on the way there. */
type Sight = { readonly vf: Vf; readonly seen: Observed; readonly refused: readonly Refusal[] };

/** Makes what the plan asks for, and again from what is then seen, until nothing is refused. Who stays busy has had its time. */
async function settle(
  attached: Attached,
  sight: Sight,
  plan: (sight: Sight) => readonly Change[],
): Promise<Sight> {
  const { sandbox, world } = attached;
  let now = sight;
  let refused: readonly Refusal[] = [];
  let timesBusy = 0;
  await retry(world, { why: 'the link is not yet as it was', upToMs: SETTLING_MS }, async () => {
    const changes = plan(now);
    if (changes.length === 0) refused = [];
    else {
      refused = await world.host.makeAll(changes, sandbox);
      now = { ...(await lookAtHome(attached, now.vf)), refused: [] };
    }
    if (refused.some(isPassing)) timesBusy += 1;
    return refused.length === 0 || timesBusy === 2;
  });
  return { ...now, refused: [...sight.refused, ...refused] };
}

async function linkAway({ record, sandbox, world }: Attached): Promise<Link | undefined> {
  return sandbox && vfLinkIn(await world.host.linksIn(sandbox), identityOf(record));
}

/** Under its name or, if another link took that meanwhile, under any. */
async function bringHome(attached: Attached, away: Link, before: LinkBefore): Promise<readonly Refusal[]> {
  const { sandbox, world } = attached;
  const refused = await world.host.makeAll(planHome(before, away), sandbox);
  const isMoved = !refused.some(isOfMove);
  // The kernel may have moved the link before it refused the name: then there is nothing left to move.
  if (isMoved || !(await linkAway(attached))) return refused.filter((refusal) => !isOfMove(refusal));
  const refusedAgain = await world.host.makeAll(planHomeAnyName(away), sandbox);
  return refusedAgain.length > 0 ? refused : [];
}

const isOfMove = ({ change }: Refusal) => change.kind === 'move-home';

/**
 * Brings the link home from a living sandbox, or waits until the kernel has brought it from a dead one. If neither happens
 * soon, the pod has moved it on, or the sandbox lives without its path.
 */
async function comeHome(attached: Attached, vf: Vf): Promise<Sight> {
  const { record, world } = attached;
  const { link: before } = record.before;
  let sight: Sight = { ...(await look(attached, vf)), refused: [] };
  if (!before || !mayHaveLink(vf)) return sight;
  const arrive = async (from: Attached) => {
    if (sight.seen.home) return true;
    const away = await linkAway(from);
    const refused = away ? await bringHome(from, away, before) : [];
    sight = { ...(await look(attached, vf)), refused };
    return away !== undefined || sight.seen.home !== undefined;
  };
  const arriveWithin = (upToMs: number) => retry(world, { why: HOMECOMING, upToMs }, () => arrive(attached));
  const fetch = (sandbox: Sandbox) => arrive({ ...attached, sandbox });
  const isSettled =
    (await arriveWithin(HOMECOMING_MS.soon)) || (await inNamespaceOfLink(record, world, fetch));
  if (!isSettled) await arriveWithin(HOMECOMING_MS.late);
  else if (sight.refused.length === 0 && !sight.seen.home) {
    sight = { ...sight, ...(await lookAtHome(attached, vf)) };
  }
  return sight;
}

/** The link's own name again, unless another link has it: then the present one has to do. */
async function settleName(attached: Attached, home: Sight): Promise<Sight> {
  const { record, world } = attached;
  const { link } = record.before;
  if (!link) return home;
  const { name } = link;
  const named = await settle(attached, home, ({ seen }) => (seen.home ? planHostName(link, seen.home) : []));
  const present = named.seen.home?.name;
  if (present === undefined || present === name) return named;
  const refused = named.refused.filter(({ change }) => change.kind !== 'set-link');
  if (refused.length < named.refused.length) {
    world.log('warning', `The link of ${record.device} stays ${present}: its name ${name} is not to be had`);
  }
  return { ...named, refused };
}

/** Restores the VF as far as it can. Returns what is not as it was: one sentence each, none if all is. */
export async function restore(attached: Attached): Promise<readonly string[]> {
  const { record, world } = attached;
  const device = world.host.findDevice(record.device);
  if (device.is !== 'vf') return restoreVanished(attached);
  const { before } = record;
  const reset = await resetFunction(attached, device);
  const home = await comeHome(attached, device);
  if (home.seen.home === undefined && before.link && mayHaveLink(device)) return notHome(attached, home);
  const named = await settleName(attached, home);
  const withItsMac = await settleMac(attached, named);
  const last = await settle(attached, withItsMac, ({ vf, seen }) => planRestore(before, vf, seen));
  const refused = [...reset, ...last.refused].map(refusalText);
  if (refused.length > 0) return refused;
  if (last.seen.home || !before.link) return macDifferences(before, last.seen);
  return mayHaveLink(device) ? lostAgain(attached, last) : [];
}

/** The PF is left alone, too: who has the link now may be another program's container, and live with these settings. */
function notHome({ record }: Attached, { refused }: Sight): readonly string[] {
  if (refused.length > 0) return refused.map(refusalText);
  return [`The link of ${record.device} is neither on the host nor in a namespace that can be found`];
}

/** It was at home. Unless the VF itself has gone, nobody has seen that all of it is as before. */
function lostAgain(attached: Attached, last: Sight): readonly string[] | Promise<readonly string[]> {
  const isThere = attached.world.host.findDevice(attached.record.device).is === 'vf';
  return isThere ? notHome(attached, last) : restoreVanished(attached);
}

/** What a program left in the queues of a VF for userspace would meet the next one. */
function resetFunction({ record, world }: Attached, vf: Vf): Promise<readonly Refusal[]> {
  const isWanted = record.resetsFunction && isForUserspace(vf);
  return world.host.makeAll(isWanted ? [{ kind: 'reset-function', device: vf.address }] : []);
}

/** A VF that is none any more took its link with it, unless only sysfs fails to show it. */
async function restoreVanished(attached: Attached): Promise<readonly string[]> {
  const { record, sandbox, world } = attached;
  const link = await linkAway(attached);
  if (link) return [`${record.device} is no VF in sysfs, but its link ${link.name} is in ${sandbox?.path}`];
  world.log('warning', `Nothing to restore: ${record.device} is no VF any more`);
  return [];
}

async function settleMac(attached: Attached, sight: Sight): Promise<Sight> {
  const { vf, seen, refused } = sight;
  const { record, world } = attached;
  const { before } = record;
  const outcome =
    seen.home && before.link
      ? await restoreMac({ vf, link: seen.home.name, world }, { ...before, link: before.link }, seen)
      : await restoreAdminMac(vf, before, { seen, world });
  if (outcome === 'as before') return sight;
  return {
    ...(await lookAtHome(attached, vf)),
    refused: [...refused, ...(outcome === 'reached' ? [] : outcome)],
  };
}

/**
 * A VF for userspace has no link whose place tells, should we die, that it is not attached any more: the record has to. That
 * a full disk takes no record must not keep us from restoring.
 */
async function tellOfEnd({ record, world }: { readonly record: AttachmentRecord; readonly world: World }) {
  if (record.before.link || record.isUnfinished || record.origin) return;
  const told = ({ message }: Error) => world.log('warning', message);
  await world.records.write({ ...record, isUnfinished: true }).catch(told);
}

/**
 * Ends an attachment: VF first, then its addresses, the record last. What cannot be restored keeps record and
 * addresses, so that somebody can try again. After a reboot the VF is another: only the addresses are left to end.
 */
export async function detach(
  attached: Attached & { readonly record: AttachmentRecord },
  release: Release = releaseAddresses,
): Promise<void> {
  const { record, world } = attached;
  await tellOfEnd(attached);
  const isOfThisBoot = record.bootId === world.host.bootId();
  if (!isOfThisBoot) world.log('info', `leave ${record.device} as it is: since the boot it is a new VF`);
  const incomplete = isOfThisBoot ? await restore(attached) : [];
  if (incomplete.length > 0) throw new CniError('undo-incomplete', incomplete.join('; '));
  await release(record, world);
  if (record.deviceInfoFile) world.deviceInfo.remove(record.deviceInfoFile, record.device);
  await world.records.remove(record.device);
}
