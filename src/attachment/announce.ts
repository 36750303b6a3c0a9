/** Neighbours learn at once who has the addresses. What is refused here is logged, and never fails an ADD. */
import { CniError } from '../../schemas/fault.ts';
import { type Identity, type Link, vfLinkIn } from './observed.ts';
import { planAnnouncement, planNotifying } from './plan.ts';
import type { Sandbox, World } from './ports.ts';
import { retry } from './retry.ts';

/** igb has its carrier 50 ms after it came up; a cable that is not plugged in must not hold up the pod. */
const CARRIER_MS = 200;

type Announcing = { readonly identity: Identity; readonly sandbox: Sandbox; readonly world: World };

/** The pod is attached: nothing that goes wrong here is worth its undoing. */
export async function announce(link: Link, announcing: Announcing): Promise<void> {
  try {
    await send(link, announcing);
  } catch (cause) {
    if (!(cause instanceof CniError)) throw cause;
    announcing.world.log('warning', `The addresses of ${link.name} are not announced: ${cause.message}`);
  }
}

/** What is sent without a carrier is lost. */
async function send(link: Link, announcing: Announcing): Promise<void> {
  const { sandbox, world } = announcing;
  await world.host.makeAll(planNotifying(link), sandbox);
  if (await hasCarrier(link, announcing)) await world.host.makeAll(planAnnouncement(link), sandbox);
  else world.log('info', `${link.name} has no carrier: its addresses are not announced`);
}

function hasCarrier(link: Link, { identity, sandbox, world }: Announcing): Promise<boolean> {
  let now: Link | undefined = link;
  return retry(world, { why: 'the link has no carrier yet', upToMs: CARRIER_MS }, async () => {
    if (now?.hasCarrier) return true;
    now = vfLinkIn(await world.host.linksIn(sandbox), identity);
    return now?.hasCarrier ?? false;
  });
}
