/** What is seen of an attachment in its sandbox. */
import type { AttachmentRecord } from '../../../schemas/record.ts';
import { identityOf, type Link, type ObservedNetwork, vfLinkIn } from '../../attachment/observed.ts';
import type { World } from '../../attachment/ports.ts';
import { withLivingSandbox } from '../../attachment/sandbox.ts';

/** Its link, with addresses and routes. */
export type Inside = { readonly link: Link; readonly network: ObservedNetwork };

/** Undefined if the link, or the sandbox, is not there. */
export function insideOf(record: AttachmentRecord, world: World): Promise<Inside | undefined> {
  const { host } = world;
  return withLivingSandbox(world, [record.sandbox], async (sandbox) => {
    if (!sandbox || !record.before.link) return undefined;
    const link = vfLinkIn(await host.linksIn(sandbox), identityOf(record));
    return link && { link, network: await host.observeNetwork(sandbox, link.name) };
  });
}
