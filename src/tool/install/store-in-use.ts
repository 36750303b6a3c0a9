/** Addresses that other plugins got from us under the name host-local: without it their pods get no DEL. */
import { listingOf, networksIn } from '../../../ipam/disk-listing.ts';
import { CniError } from '../../../schemas/fault.ts';
import { DEFAULT_DATA_DIR } from '../../../schemas/ipam-conf.ts';
import { plain } from '../terminal.ts';
import { isLastHostLocal } from './host-local.ts';
import type { Place } from './place.ts';

/** Throws CniError if the link would go, nothing had its name then, and addresses are reserved. */
export async function mustLeaveHostLocal(place: Place): Promise<void> {
  if (!(await isLastHostLocal(place))) return;
  const used = networksIn(DEFAULT_DATA_DIR).filter(isUsed);
  if (used.length === 0) return;
  throw new CniError(
    'device-in-use',
    `Addresses are reserved in ${DEFAULT_DATA_DIR} (${used.map(plain).join(', ')}), and no host-local would be left to release them. End the pods first (sriov ipam shows them), install another host-local, or go on with --force`,
  );
}

const isUsed = (network: string) => listingOf(network, DEFAULT_DATA_DIR, () => {}).reserved.length > 0;
