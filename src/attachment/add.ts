/** ADD: refuse what cannot work, record, reserve, change, answer; on any failure back to what was. */
import { beforeInAlias } from '../../schemas/alias.ts';
import { CniError } from '../../schemas/fault.ts';
import type { AttachmentRecord } from '../../schemas/record.ts';
import type { AddRequest } from '../../schemas/request.ts';
import type { Result } from '../../schemas/result.ts';
import { announce } from './announce.ts';
import { giveNetwork, moveIn } from './attach-link.ts';
import { attachUserspace, shownOfUserspace } from './attach-userspace.ts';
import { askedOf, type Desired, desiredOf } from './desired.ts';
import { deviceInfoOf } from './device-info.ts';
import { addressPlanOf, type Granting, startGranting } from './granting.ts';
import { endEarlier, reclaim } from './holders.ts';
import { type Memory, remember } from './memory.ts';
import { asksPf, identityOf, type Link, type Observed, type Vf } from './observed.ts';
import { mustBeAllowed, pfViolationsOf, violationsOf } from './policy.ts';
import type { AddressPlan, Sandbox, World } from './ports.ts';
import { recordOf } from './record-of.ts';
import { attachableLink, refuseTakenName, vfOf } from './refusals.ts';
import { detach } from './restore.ts';
import { restoreUnrecorded } from './restore-unrecorded.ts';
import { draftResult, resultOf } from './result.ts';
import { warnOf } from './warnings.ts';

/** What one ADD works on. */
type Adding = {
  readonly desired: Desired;
  readonly plan: AddressPlan | undefined;
  readonly sandbox: Sandbox;
  readonly world: World;
};

/** The VF, its link if it has one, and what else was seen before the first change. */
type Ready = {
  readonly vf: Vf;
  readonly home: Link | undefined;
  readonly seen: Observed;
  readonly neighbours: readonly Link[];
};

export async function add(request: AddRequest, world: World): Promise<Result> {
  const desired = desiredOf(request);
  const vf = vfOf(world.host.findDevice(desired.device), desired);
  const asked = askedOf(request.conf, request.cniArgs);
  mustBeAllowed([...violationsOf(world.policy, asked), ...pfViolationsOf(world.policy, vf)]);
  const plan = addressPlanOf(desired, world);
  // What another IPAM plugin gives is known only when it has given it.
  if (!desired.delegate) world.mustExpress(draftResult(desired, plan?.families ?? []));
  const sandbox = world.host.openSandbox(desired.sandbox);
  try {
    return await attachOrReclaim({ desired, plan, sandbox, world });
  } finally {
    world.host.closeSandbox(sandbox);
  }
}

const SHORTAGES = ['no-free-address', 'address-taken'];

/** Reclaiming takes the locks of other devices, so it is done while our own is not held. */
async function attachOrReclaim(adding: Adding): Promise<Result> {
  const { desired, world } = adding;
  const attachLocked = () => world.withLock(desired.device, () => attach(adding));
  try {
    return await attachLocked();
  } catch (cause) {
    const isShort = cause instanceof CniError && SHORTAGES.includes(cause.fault);
    if (!isShort) throw cause;
    const ended = await reclaim(desired.attachment.network, world);
    // If there was nothing to end, another ADD may have been faster, and have freed more than it needs. A neighbour frees nothing.
    if (ended === 0 && cause.fault === 'address-taken') throw cause;
    return await attachLocked();
  }
}

async function attach(adding: Adding): Promise<Result> {
  const { desired, plan, sandbox, world } = adding;
  await endEarlier(adding);
  const ready = await refuseOrReady(adding);
  const { host } = world;
  const when = { bootId: host.bootId(), since: host.now(), sandboxInode: sandbox.inode };
  const memory = { record: recordOf(desired, ready, when) };
  try {
    const granting = await startGranting({ desired, plan }, memory, world);
    return await change(adding, ready, { memory, granting });
  } catch (cause) {
    throw await undo(adding, memory.record, cause);
  }
}

async function observe({ desired, world: { host } }: Adding): Promise<{ vf: Vf; seen: Observed }> {
  const vf = vfOf(host.findDevice(desired.device), desired);
  return { vf, seen: await host.observe(vf, asksPf(vf, desired)) };
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
  const { vf, seen } = await observeClean(adding);
  const home = attachableLink(desired, vf, seen);
  const neighbours = home ? await world.host.linksIn(sandbox) : [];
  refuseTakenName(desired, neighbours);
  for (const warning of warnOf(desired, vf, seen)) world.log('warning', warning);
  return { vf, home, seen, neighbours };
}

type Begun = { readonly memory: Memory; readonly granting: Granting };

async function change(adding: Adding, ready: Ready, { memory, granting }: Begun): Promise<Result> {
  const { desired, sandbox, world } = adding;
  const { home, ...seen } = ready;
  const attaching = home && { ...adding, ...seen, home };
  if (attaching) await moveIn(attaching, memory);
  else await attachUserspace({ ...adding, ...seen });
  const grant = await granting();
  const link = attaching && (await giveNetwork(attaching, memory, grant));
  const shown = link ?? shownOfUserspace(desired, ready);
  const result = resultOf(desired, shown, grant);
  world.mustExpress(result);
  const { device, deviceInfoFile } = desired;
  if (deviceInfoFile) world.deviceInfo.write(deviceInfoFile, deviceInfoOf(ready.vf), device);
  if (link && grant.held.length > 0) {
    await announce(link, { identity: identityOf(memory.record), sandbox, world });
  }
  await remember(world, memory, { isUnfinished: false });
  return result;
}

/** The first cause is the answer; what could not be restored is added to it, and then record and addresses stay. */
async function undo({ sandbox, world }: Adding, record: AttachmentRecord, cause: unknown): Promise<unknown> {
  try {
    await world.whileUndoing(() => detach({ record, sandbox, world }));
    return cause;
  } catch (incomplete) {
    const { message } = incomplete as Error;
    world.log('error', `Restoring is incomplete: ${message}`);
    if (!(cause instanceof CniError)) return cause;
    return new CniError(cause.fault, `${cause.message}. Restoring is incomplete: ${message}`, { cause });
  }
}
