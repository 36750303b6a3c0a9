/** Frees reservations by the store itself, which looks again under its lock. */
import { isTaken } from '../../../ipam/disk-listing.ts';
import type { HostLocal } from '../../../ipam/host-local.ts';
import type { Attachment } from '../../../schemas/attachment.ts';
import type { Judged } from './judged.ts';

export type Place = { readonly network: string; readonly dataDir: string };

/** What names nobody has no owner: then anybody may be said to know whose it is. */
function ownerOf({ container, interface: name }: Judged, network: string): Attachment {
  return { network, containerId: container || 'nobody', ifName: name ?? 'none' } as Attachment;
}

/** Whether it is free now; false if somebody else had it by then. */
export async function freeOne(
  store: HostLocal,
  { address, ...one }: Judged & { readonly address: string },
  { network, dataDir }: Place,
): Promise<boolean> {
  const owner = ownerOf(one as Judged, network);
  await store.release(owner, dataDir, [address]);
  return !isTaken(network, dataDir, address);
}

const keyOf = (container: string, name: string | undefined, address: string | undefined) =>
  JSON.stringify([container, name, address]);

/** Only what still is as it was judged. Returns the addresses. */
export function freeAll(
  store: HostLocal,
  judged: readonly Judged[],
  { network, dataDir }: Place,
): Promise<string[]> {
  const doomed = new Set(judged.map((one) => keyOf(one.container, one.interface, one.address)));
  return store.collect(
    network as Attachment['network'],
    dataDir,
    (container, name, address) => !doomed.has(keyOf(container, name, address)),
  );
}
