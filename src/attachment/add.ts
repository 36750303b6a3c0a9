/** ADD: refuse what cannot work, record, reserve, change, answer; on any failure back to what was. */
import { beforeInAlias } from '../../schemas/alias.ts';
import { isSameAttachment } from '../../schemas/attachment.ts';
import { CniError } from '../../schemas/fault.ts';
import type { AttachmentRecord } from '../../schemas/record.ts';
import type { AddRequest } from '../../schemas/request.ts';
import type { Result } from '../../schemas/result.ts';
import { type Change, refusalText } from './change.ts';
import { type Desired, desiredOf, touchesPf } from './desired.ts';
import { attachMac } from './mac.ts';
import { identityOf, type Link, type Observed, type Vf, vfLinkIn } from './observed.ts';
import { planDistrust, planMark, planMove, planNetwork, planSettings } from './plan.ts';
import type { AddressPlan, HeldAddress, Sandbox, World } from './ports.ts';
import { recordOf } from './record-of.ts';
import { attachableLink, refuseTakenName, vfOf } from './refusals.ts';
import { detach } from './restore.ts';
import { restoreUnrecorded } from './restore-unrecorded.ts';
import { draftResult, resultOf } from './result.ts';
import { withLivingSandbox } from './sandbox.ts';

/** What one ADD works on. */
type Adding = {
  readonly desired: Desired;
  readonly ranges: AddressPlan | undefined;
  readonly sandbox: Sandbox;
  readonly world: World;
};

/** The VF, its link, and what else was seen of it before the first change. */
type Ready = {
  readonly vf: Vf;
  readonly home: Link;
  readonly seen: Observed;
  readonly others: readonly Link[];
};

export async function add(request: AddRequest, world: World): Promise<Result> {
  const desired = desiredOf(request);
  const ranges = desired.ipam && world.addresses.plan(desired.ipam, desired.dataDir);
  vfOf(world.host.findDevice(desired.device), desired.device);
  world.mustExpress(draftResult(desired, ranges?.families ?? []));
  const sandbox = world.host.openSandbox(desired.sandbox);
  try {
    return await world.withLock(desired.device, () => attach({ desired, ranges, sandbox, world }));
  } finally {
    world.host.closeSandbox(sandbox);
  }
}

async function attach(adding: Adding): Promise<Result> {
  await endEarlier(adding);
  const ready = await refuseOrReady(adding);
  const record = recordOf(adding.desired, ready, adding.world.host.bootId());
  const memory = { record };
  try {
    const held = await hold(adding, memory);
    return await change(adding, ready, { memory, held });
  } catch (cause) {
    throw await undo(adding, memory.record, cause);
  }
}

/** A record of a dead attachment still holds the VF: whoever comes next restores it. A living one is refused. */
async function endEarlier({ desired, sandbox, world }: Adding): Promise<void> {
  const earlier = await world.records.ofDevice(desired.device);
  if (!earlier) return;
  await withLivingSandbox(world, [earlier.sandbox], async (its) => {
    const isAlive =
      its !== undefined && vfLinkIn(await world.host.linksIn(its), identityOf(earlier)) !== undefined;
    const isOurs = isSameAttachment(earlier.attachment, desired.attachment);
    const { network, containerId, ifName } = earlier.attachment;
    if (isAlive && !(isOurs && earlier.isUnfinished)) {
      throw new CniError(
        'device-in-use',
        `Cannot attach ${desired.device}: container ${containerId} has it as ${ifName} (network ${network}, ${earlier.sandbox})`,
      );
    }
    const state = isAlive ? 'unfinished' : 'dead';
    world.log('warning', `Ending the ${state} attachment of ${desired.device} to container ${containerId}`);
    await detach({ record: earlier, sandbox: its ?? sandbox, world });
  });
}

async function observe({ desired, world: { host } }: Adding): Promise<{ vf: Vf; seen: Observed }> {
  const vf = vfOf(host.findDevice(desired.device), desired.device);
  return { vf, seen: await host.observe(vf, touchesPf(desired) ? 'link and PF' : 'link') };
}

/** A link at home with our alias, and no record: what is seen of it is not what was. */
async function observeClean(adding: Adding): Promise<{ vf: Vf; seen: Observed }> {
  const { desired, sandbox, world } = adding;
  const sight = await observe(adding);
  if (!beforeInAlias(desired.device, sight.seen.home?.alias ?? '')) return sight;
  await restoreUnrecorded(desired.device, sandbox, world);
  return observe(adding);
}

async function refuseOrReady(adding: Adding): Promise<Ready> {
  const { desired, sandbox, world } = adding;
  const { host } = world;
  const { vf, seen } = await observeClean(adding);
  const home = attachableLink(desired, vf, seen);
  const others = await host.linksIn(sandbox);
  refuseTakenName(desired, others);
  return { vf, home, seen, others };
}

/** The record as it is on disk. */
type Memory = { record: AttachmentRecord };

async function remember(world: World, memory: Memory, news: Partial<AttachmentRecord>): Promise<void> {
  memory.record = { ...memory.record, ...news };
  await world.records.write(memory.record);
}

/** The record names the addresses before they are held, so that none is ever held without a record. */
async function hold({ desired, ranges, world }: Adding, memory: Memory): Promise<readonly HeldAddress[]> {
  if (!ranges) {
    await remember(world, memory, {});
    return [];
  }
  return ranges.reserve(desired.attachment, (held) =>
    remember(world, memory, { addresses: { dataDir: desired.dataDir, held: [...held] } }),
  );
}

async function mustMake({ world, sandbox }: Adding, changes: readonly Change[]): Promise<void> {
  const refusal = await world.host.make(changes, sandbox);
  if (refusal) throw new CniError('kernel-refused', refusalText(refusal));
}

async function change(
  adding: Adding,
  ready: Ready,
  { memory, held }: { memory: Memory; held: readonly HeldAddress[] },
): Promise<Result> {
  const { desired, world, sandbox } = adding;
  const { home, others } = ready;
  const { ifName } = desired.attachment;
  await mustMake(adding, [
    ...(await settingsAfterMac(adding, ready, memory)),
    ...planMove(ifName, home, others),
    ...planNetwork(ifName, desired, held),
  ]);
  const link = vfLinkIn(await world.host.linksIn(sandbox), identityOf(memory.record));
  if (!link)
    throw new CniError('kernel-refused', `The link of ${desired.device} left the sandbox during ADD`);
  const result = resultOf(desired, link, held);
  world.mustExpress(result);
  await remember(world, memory, { isUnfinished: false });
  return result;
}

/** Sets the MAC, while the VF is not trusted; returns the changes to all other settings. */
async function settingsAfterMac(adding: Adding, ready: Ready, memory: Memory): Promise<readonly Change[]> {
  const { desired } = adding;
  const { vf, home, seen } = ready;
  if (!isMacWanted(desired, ready)) return [planMark(vf, home), ...planSettings(desired, vf, seen, home)];
  const distrust = planDistrust(vf, seen);
  await mustMake(adding, [planMark(vf, home), ...distrust]);
  await changeMac(adding, ready, memory);
  if (!seen.shown || distrust.length === 0) return planSettings(desired, vf, seen, home);
  const trusted = { ...desired, settings: { trust: 'on' as const, ...desired.settings } };
  return planSettings(trusted, vf, { ...seen, shown: { ...seen.shown, trust: 'off' } }, home);
}

function isMacWanted({ mac }: Desired, { home, seen }: Ready): boolean {
  return mac !== undefined && (home.mac !== mac || seen.shown?.mac !== mac);
}

async function changeMac({ desired, world }: Adding, { vf, home }: Ready, memory: Memory): Promise<void> {
  const { mac } = desired;
  if (mac === undefined) return;
  await attachMac({ vf, link: home.name, world }, mac, async (isPinned) => {
    const { before } = memory.record;
    if (!before.adminMac) return;
    await remember(world, memory, { before: { ...before, adminMac: { ...before.adminMac, isPinned } } });
  });
}

/** The first cause is the answer; what could not be restored is added to it, and then record and addresses stay. */
async function undo({ sandbox, world }: Adding, record: AttachmentRecord, cause: unknown): Promise<unknown> {
  try {
    await detach({ record, sandbox, world });
    return cause;
  } catch (incomplete) {
    const { message } = incomplete as Error;
    world.log('error', `Restoring is incomplete: ${message}`);
    if (!(cause instanceof CniError)) return cause;
    return new CniError(cause.fault, `${cause.message}. Restoring is incomplete: ${message}`, { cause });
  }
}
