import { CniError } from '../../schemas/fault.ts';
import type { Sandbox, World } from './ports.ts';
import { retry } from './retry.ts';

/** One probe and a second for the answer are the kernel's default; a link without carrier begins late. */
const DETECTION_MS = 5000;

/** Waits until the kernel has made sure that nobody else has the link's IPv6 addresses. */
export async function mustBeUnique(
  link: string,
  { sandbox, world }: { readonly sandbox: Sandbox; readonly world: World },
): Promise<void> {
  const isSettled = await retry(
    world,
    { why: 'duplicate detection is under way', upToMs: DETECTION_MS },
    async () => {
      const { tentative, duplicate } = await world.host.observeNetwork(sandbox, link);
      if (duplicate.length > 0) {
        const addresses = duplicate.join(', ');
        throw new CniError('address-taken', `Cannot use ${addresses} at ${link}: a neighbour has it already`);
      }
      return tentative.length === 0;
    },
  );
  if (!isSettled) world.log('warning', `Duplicate detection at ${link} did not end in ${DETECTION_MS} ms`);
}
