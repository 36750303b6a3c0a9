/** Addresses for an attachment, from our store or from the plugin that `ipam.type` names. */
import type { AttachmentRecord } from '../../schemas/record.ts';
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

/** The record names the addresses before they are held, so that none is ever held without a record. */
export async function grantAddresses(
  { desired, plan }: { readonly desired: Desired; readonly plan: AddressPlan | undefined },
  memory: Memory,
  world: World,
): Promise<Grant> {
  const { delegate, dataDir } = desired;
  if (plan) {
    return plan.reserve(desired.attachment, (held) =>
      remember(world, memory, { addresses: { dataDir, held: [...held] } }),
    );
  }
  await remember(world, memory, delegate ? { delegate } : {});
  if (!delegate) return NOTHING;
  const { ips, routes, dns } = await world.delegates.add(delegate);
  return { held: ips, routes, dns };
}

/** Gives back what the record names. */
export async function releaseAddresses(record: AttachmentRecord, world: World): Promise<void> {
  const { attachment, delegate, origin } = record;
  const { dataDir, held } = record.addresses;
  if (delegate) await world.delegates.del(delegate, record);
  if (held.length > 0) await world.addresses.release(attachment, dataDir, held);
  // sriov-cni does not write down which.
  if (origin) await world.addresses.release(attachment, dataDir);
}
