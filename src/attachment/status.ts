/** STATUS: would an ADD find what it needs on this node, and do the attachments of the network work? */
import { CniError } from '../../schemas/fault.ts';
import type { StatusRequest } from '../../schemas/request.ts';
import { askedOf, dataDirOf } from './desired.ts';
import { pfNameOf } from './observed.ts';
import { mustBeAllowed, violationsOf } from './policy.ts';
import type { World } from './ports.ts';

export async function status(request: StatusRequest, world: World): Promise<void> {
  // The next line makes directories.
  mustBeAllowed(violationsOf(world.policy, askedOf(request.conf)));
  const lacking = [...world.readiness(), ...(await exhausted(request, world))];
  const broken = await outOfOrder(request, world);
  if (broken.length > 0) throw new CniError('limited', [...broken, ...lacking].join('; '));
  if (lacking.length > 0) throw new CniError('unavailable', lacking.join('; '));
  if (request.delegate) await world.delegates.ask(request.delegate, 'STATUS');
}

async function exhausted({ network, conf, ipam }: StatusRequest, world: World): Promise<readonly string[]> {
  if (!ipam) return [];
  return world.addresses.exhausted(network, { conf: ipam, ipRanges: [], requested: [] }, dataDirOf(conf));
}

/** Attachments whose VF is gone, or has no carrier because the PF is down. */
async function outOfOrder({ network }: StatusRequest, { host, records }: World): Promise<string[]> {
  const ours = await records.ofNetwork(network);
  return ours.flatMap(({ device, attachment: { containerId } }) => {
    const found = host.findDevice(device);
    if (found.is !== 'vf') return [`The VF ${device} of container ${containerId} is gone`];
    return found.pf?.isDown
      ? [`The PF ${pfNameOf(found)} of ${device} (container ${containerId}) is down`]
      : [];
  });
}
