/** Addresses for an attachment, from our store or from the plugin that `ipam.type` names. */
import { CniError, type Fault } from '../../schemas/fault.ts';
import type { AttachmentRecord, Delegate } from '../../schemas/record.ts';
import type { Desired } from './desired.ts';
import { type Memory, remember } from './memory.ts';
import type { AddressPlan, Grant, World } from './ports.ts';

/** What is known of the addresses before any is held. */
export function addressPlanOf(
  { ipam, delegate, dataDir }: Desired,
  { addresses, delegates }: World,
): AddressPlan | undefined {
  if (delegate) delegates.mustExist(delegate);
  return ipam && addresses.plan(ipam, dataDir);
}

const NOTHING: Grant = { held: [], routes: [] };

/** To be called when the VF is in its place. */
export type Granting = () => Promise<Grant>;

/**
 * Our store reserves at once, so that a range without a free address is told before anything is changed. Another plugin is
 * asked when the VF is in its place: dhcp speaks through the link. The record tells of the addresses before they are held,
 * so that none is ever held without a record.
 */
export async function startGranting(
  { desired, plan }: { readonly desired: Desired; readonly plan: AddressPlan | undefined },
  memory: Memory,
  world: World,
): Promise<Granting> {
  const { delegate, dataDir } = desired;
  if (plan) {
    const grant = await plan.reserve(desired.attachment, (held) =>
      remember(world, memory, { addresses: { dataDir, held: [...held] } }),
    );
    return () => Promise.resolve(grant);
  }
  await remember(world, memory, delegate ? { delegate } : {});
  return () => (delegate ? grantBy(delegate, memory, world) : Promise.resolve(NOTHING));
}

/** What a plugin that answers with an error is reported as: see src/host/run-plugin.ts. */
const ANSWERED: readonly Fault[] = ['ipam-plugin', 'busy', 'unavailable', 'limited'];

async function grantBy(delegate: Delegate, memory: Memory, world: World): Promise<Grant> {
  try {
    const { ips, routes, dns } = await world.delegates.add(delegate);
    return { held: ips, routes, dns };
  } catch (cause) {
    if (cause instanceof CniError && ANSWERED.includes(cause.fault)) await forget(delegate, memory, world);
    throw cause;
  }
}

/**
 * A plugin that answers with an error has undone what it did. It is asked to once more, and then holds nothing, also if it
 * refuses: one that does not like its configuration would refuse every DEL, and the VF would be lost for all. One that is to be
 * asked later, or does not answer, stays in the record.
 */
async function forget(delegate: Delegate, memory: Memory, world: World): Promise<void> {
  const { delegates, log } = world;
  try {
    await delegates.del(delegate, memory.record).catch(mustBeRefusal);
    await remember(world, memory, { delegate: undefined });
  } catch (cause) {
    if (!(cause instanceof CniError)) throw cause;
    log('warning', cause.message);
  }

  function mustBeRefusal(cause: Error): void {
    if (!(cause instanceof CniError && cause.fault === 'ipam-plugin')) throw cause;
    log('warning', cause.message);
  }
}

export type Release = (record: AttachmentRecord, world: World) => Promise<void>;

/** Gives back what the record names. */
export const releaseAddresses: Release = async (record, world) => {
  if (record.delegate) await world.delegates.del(record.delegate, record);
  await releaseStored(record, world);
};

/**
 * For a VF that another pod is to have: an IPAM plugin that has been taken away must not keep it from all. One that is to be
 * asked again later is asked again.
 */
export const releaseForNext: Release = async (record, world) => {
  const { delegate } = record;
  const told = (cause: Error) => {
    if (cause instanceof CniError && cause.fault === 'busy') throw cause;
    world.log('error', `Addresses may stay reserved for ever: ${cause.message}`);
  };
  if (delegate) await world.delegates.del(delegate, record).catch(told);
  await releaseStored(record, world);
};

async function releaseStored(record: AttachmentRecord, world: World): Promise<void> {
  const { attachment, origin } = record;
  const { dataDir, held } = record.addresses;
  if (held.length > 0) await world.addresses.release(attachment, dataDir, held);
  // sriov-cni does not write down which.
  if (origin) await world.addresses.release(attachment, dataDir);
}
