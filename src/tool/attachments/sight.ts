/** What is seen of an attachment on this machine. */
import type { AttachmentRecord } from '../../../schemas/record.ts';
import { identityOf, type Link, type ObservedNetwork, vfLinkIn } from '../../attachment/observed.ts';
import type { Host, Sandbox, World } from '../../attachment/ports.ts';
import { mayHaveChangedPf } from '../../attachment/restore.ts';
import { withLivingSandbox } from '../../attachment/sandbox.ts';
import type { Sight } from './restoring.ts';

export async function sightOf(record: AttachmentRecord, world: World): Promise<Sight> {
  const { host } = world;
  const isOfThisBoot = record.bootId === host.bootId();
  const device = host.findDevice(record.device);
  if (!isOfThisBoot || device.is !== 'vf') return { isOfThisBoot };
  const { home, shown } = await host.observe(
    device,
    mayHaveChangedPf(record.before) ? 'link and PF' : 'link',
  );
  const away = await withLivingSandbox(world, [record.sandbox], (sandbox) => linkIn(sandbox, record, host));
  return { isOfThisBoot, vf: device, ...(home && { home }), ...(shown && { shown }), ...(away && { away }) };
}

async function linkIn(
  sandbox: Sandbox | undefined,
  record: AttachmentRecord,
  host: Host,
): Promise<Link | undefined> {
  return sandbox && record.before.link && vfLinkIn(await host.linksIn(sandbox), identityOf(record));
}

/** Its link in the sandbox, with addresses and routes. */
export type Inside = { readonly link: Link; readonly network: ObservedNetwork };

export function insideOf(record: AttachmentRecord, world: World): Promise<Inside | undefined> {
  return withLivingSandbox(world, [record.sandbox], async (sandbox) => {
    const link = await linkIn(sandbox, record, world.host);
    return sandbox && link && { link, network: await world.host.observeNetwork(sandbox, link.name) };
  });
}
