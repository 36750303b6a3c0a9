import { CniError } from '../../schemas/fault.ts';
import { canonicalPrefix } from '../../schemas/ip.ts';
import type { HeldAddress, Sandbox, World } from './ports.ts';
import { retry } from './retry.ts';

/** One probe and a second for the answer are the kernel's default; a link without carrier begins late. */
const DETECTION_MS = 5000;

/** Waits until the kernel has made sure that nobody else has these IPv6 addresses of the link. */
export async function mustBeUnique(
  link: string,
  held: readonly HeldAddress[],
  { sandbox, world }: { readonly sandbox: Sandbox; readonly world: World },
): Promise<void> {
  const isOurs = (shown: string) => held.some(({ address }) => canonicalPrefix(address) === shown);
  const isSettled = await retry(
    world,
    { why: 'duplicate detection is under way', upToMs: DETECTION_MS },
    async () => {
      const { tentative, duplicate } = await world.host.observeNetwork(sandbox, link);
      const taken = duplicate.filter(isOurs);
      if (taken.length > 0) {
        const addresses = taken.join(', ');
        throw new CniError('address-taken', `Cannot use ${addresses} at ${link}: a neighbour has it already`);
      }
      return !tentative.some(isOurs);
    },
  );
  if (!isSettled) world.log('warning', `Duplicate detection at ${link} did not end in ${DETECTION_MS} ms`);
}
