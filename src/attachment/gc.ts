/** GC: DEL for every attachment of the network that the runtime does not know any more. */
import { CniError } from '../../schemas/fault.ts';
import type { Delegate } from '../../schemas/record.ts';
import type { GcRequest } from '../../schemas/request.ts';
import { withValidAttachments } from '../../schemas/valid-attachments.ts';
import { delRecorded } from './del.ts';
import { dataDirOf } from './desired.ts';
import { mayReleaseIn } from './policy.ts';
import type { World } from './ports.ts';

type Pair = { readonly containerId: string; readonly ifName: string };

/** Whether one of the pairs is meant. Without an interface name any attachment of the container is. */
export function isAmong(pairs: readonly Pair[], containerId: string, ifName: string | undefined): boolean {
  return pairs.some(
    (pair) => pair.containerId === containerId && (ifName === undefined || pair.ifName === ifName),
  );
}

/** In our words. */
export function pairsOf(valid: NonNullable<GcRequest['valid']>): Pair[] {
  return valid.map(({ containerID, ifname }) => ({ containerId: containerID, ifName: ifname }));
}

/** Another plugin is not to free addresses of what we could not end, either. */
function withKept(delegate: Delegate, pairs: readonly Pair[]): Delegate {
  const valid = pairs.map(({ containerId, ifName }) => ({ containerID: containerId, ifname: ifName }));
  return { ...delegate, netconf: withValidAttachments(delegate.netconf, valid) };
}

export async function gc({ network, conf, delegate, valid }: GcRequest, world: World): Promise<void> {
  if (!valid) return;
  const living = pairsOf(valid);
  const problems: string[] = [];
  const attempt = (action: Promise<unknown>) =>
    action.catch((cause: Error) => problems.push(cause.message)).then(() => {});
  for (const record of await world.records.ofNetwork(network)) {
    const { containerId, ifName } = record.attachment;
    if (!isAmong(living, containerId, ifName)) await attempt(delRecorded(record, world));
  }
  // Of an attachment that could not be ended the addresses stay, as its record does.
  const kept = (await world.records.ofNetwork(network)).map(({ attachment }) => attachment);
  const pairs = [...living, ...kept];
  const dataDir = dataDirOf(conf);
  if (mayReleaseIn(dataDir, world)) {
    await attempt(world.addresses.collect(network, dataDir, (...holder) => isAmong(pairs, ...holder)));
  }
  if (delegate) await attempt(world.delegates.ask(withKept(delegate, pairs), 'GC'));
  if (problems.length > 0) throw new CniError('undo-incomplete', problems.join('; '));
}
