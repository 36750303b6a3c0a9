/** The end of a failed ADD, of DEL and of GC: back to what was, whatever happened since. */
import { CniError } from '../../schemas/fault.ts';
import type { AttachmentRecord, Before } from '../../schemas/record.ts';
import { type Change, type Refusal, refusalText } from './change.ts';
import { touchesPf } from './desired.ts';
import { restoreMac } from './mac.ts';
import { isForUserspace, type Link, type Observed, type Vf, vfLinkIn } from './observed.ts';
import { planHome, planHostName, planRestore } from './plan.ts';
import type { Sandbox, World } from './ports.ts';
import { retry } from './retry.ts';

/** What a restore works on. Without a sandbox (it died) the kernel brings the link home, in its own time. */
export type Attached = {
  readonly record: Pick<AttachmentRecord, 'device' | 'before'>;
  readonly sandbox?: Sandbox | undefined;
  readonly world: World;
};

/** Namespaces die one after the other, each after a grace period of RCU. */
const HOMECOMING_MS = 10_000;
/** udev gives altnames to a link that comes home, at any moment. */
const SETTLING_MS = 2000;

const mayHaveChangedPf = ({ settings, adminMac }: Before) =>
  touchesPf({ settings }) || adminMac !== undefined;

/** The VF as sysfs shows it now: its link gets other names while we work. */
async function look({ record, world: { host } }: Attached, vf: Vf): Promise<{ vf: Vf; seen: Observed }> {
  const device = host.findDevice(vf.address);
  const now = device.is === 'vf' ? device : vf;
  return { vf: now, seen: await host.observe(now, mayHaveChangedPf(record.before) ? 'link and PF' : 'link') };
}

type Sight = { readonly vf: Vf; readonly seen: Observed; readonly refused: readonly Refusal[] };

/** Makes what the plan asks for, again from what is then seen, until it asks for nothing more. */
async function settle(
  attached: Attached,
  vf: Vf,
  plan: (seen: Observed) => readonly Change[],
): Promise<Sight> {
  const { sandbox, world } = attached;
  let sight: Sight = { vf, seen: {}, refused: [] };
  await retry(world, { why: 'the link is not yet as it was', upToMs: SETTLING_MS }, async () => {
    const now = await look(attached, vf);
    const changes = plan(now.seen);
    sight = { ...now, refused: await world.host.makeAll(changes, sandbox) };
    return changes.length === 0;
  });
  return sight;
}

async function linkAway({ record, sandbox, world }: Attached): Promise<Link | undefined> {
  return sandbox && vfLinkIn(await world.host.linksIn(sandbox), record.device);
}

/** Brings the link home from a living sandbox, or waits until the kernel has brought it from a dead one. */
async function comeHome(attached: Attached, vf: Vf): Promise<readonly Refusal[]> {
  const { record, sandbox, world } = attached;
  let refused: readonly Refusal[] = [];
  const patience = { why: 'the kernel brings the link home from a dead sandbox', upToMs: HOMECOMING_MS };
  await retry(world, patience, async () => {
    if ((await look(attached, vf)).seen.home) return true;
    const away = await linkAway(attached);
    if (!away) return false;
    refused = await world.host.makeAll(planHome(record.before.link, away), sandbox);
    return true;
  });
  return refused;
}

/** Restores the VF as far as it can. Returns what is not as it was: one sentence each, none if all is. */
export async function restore(attached: Attached): Promise<readonly string[]> {
  const { record, world } = attached;
  const device = world.host.findDevice(record.device);
  if (device.is !== 'vf') {
    world.log('warning', `Nothing to restore: ${record.device} is no VF any more`);
    return [];
  }
  const hasLink = device.driver !== undefined && !isForUserspace(device.driver);
  const notHome = hasLink ? await comeHome(attached, device) : [];
  const named = await settle(attached, device, ({ home }) =>
    home ? planHostName(record.before.link, home) : [],
  );
  const refused = [...notHome, ...named.refused, ...(await restoreSettings(attached, named))];
  const isLost = hasLink && named.seen.home === undefined;
  return [
    ...(isLost ? [`The link of ${record.device} is neither on the host nor in the sandbox`] : []),
    ...refused.map(refusalText),
  ];
}

async function restoreSettings(attached: Attached, { vf, seen }: Sight): Promise<readonly Refusal[]> {
  const { before } = attached.record;
  const at = seen.home && { vf, link: seen.home.name, world: attached.world };
  const notItsMac = at ? await restoreMac(at, before, seen) : [];
  const { refused } = await settle(attached, vf, (now) => planRestore(before, vf, now));
  return [...notItsMac, ...refused];
}

/**
 * Ends an attachment: VF first, then its addresses, the record last. What cannot be restored keeps record and
 * addresses, so that somebody can try again.
 */
export async function detach(attached: Attached & { readonly record: AttachmentRecord }): Promise<void> {
  const { record, world } = attached;
  const incomplete = await restore(attached);
  if (incomplete.length > 0) throw new CniError('undo-incomplete', incomplete.join('; '));
  await world.addresses.release(record.attachment, record.addresses.dataDir, record.addresses.held);
  await world.records.remove(record);
}
