import { beforeInAlias } from '../../schemas/alias.ts';
import { CniError } from '../../schemas/fault.ts';
import type { AttachmentRecord } from '../../schemas/record.ts';
import type { PciAddress } from '../../schemas/words.ts';
import { monotonicMs } from './monotonic.ts';
import { identityOf, type Link, vfLinkIn } from './observed.ts';
import type { Sandbox, World } from './ports.ts';

/** Opens the first path that is a living namespace, for the time of the action; undefined if none is. */
export async function withLivingSandbox<T>(
  { host }: World,
  paths: readonly (string | undefined)[],
  action: (sandbox: Sandbox | undefined) => Promise<T>,
): Promise<T> {
  const sandbox = firstLiving(host, paths);
  try {
    return await action(sandbox);
  } finally {
    if (sandbox) host.closeSandbox(sandbox);
  }
}

function firstLiving(host: World['host'], paths: readonly (string | undefined)[]): Sandbox | undefined {
  for (const path of new Set(paths)) {
    if (!path) continue;
    try {
      return host.openSandbox(path);
    } catch (cause) {
      if (!(cause instanceof CniError && cause.fault === 'netns')) throw cause;
    }
  }
  return undefined;
}

/** A node has hundreds of namespaces at most, and looking into one takes some milliseconds. */
const SEARCH_MS = 5000;

/**
 * Looks for the link that has left its sandbox, or whose sandbox has lost its path, and opens the namespace that has it for
 * the time of the action. False if none is found in time.
 */
export async function inNamespaceOfLink(
  record: Pick<AttachmentRecord, 'device' | 'before' | 'sandboxInode'>,
  world: World,
  action: (sandbox: Sandbox) => Promise<unknown>,
): Promise<boolean> {
  const { host, log } = world;
  const deadline = monotonicMs() + SEARCH_MS;
  for (const { path, inode } of whereToLook(record, world)) {
    if (monotonicMs() > deadline) break;
    const isFound = await withLivingSandbox(world, [path], async (sandbox) => {
      const link = sandbox && vfLinkIn(await linksUnlessRefused(sandbox), identityOf(record));
      if (!link || (inode !== record.sandboxInode && !hasOurMark(link, record.device))) return false;
      log('warning', `The link of ${record.device} is in ${path}, not where its record tells`);
      await action(sandbox);
      return true;
    });
    if (isFound) return true;
  }
  return false;

  /** Whatever is odd about a namespace of somebody else must not hide the link in the next one. */
  async function linksUnlessRefused(sandbox: Sandbox): Promise<readonly Link[]> {
    try {
      return await host.linksIn(sandbox);
    } catch (cause) {
      if (!(cause instanceof CniError)) throw cause;
      log('warning', `Cannot look into ${sandbox.path}: ${cause.message}`);
      return [];
    }
  }
}

/** Another program may have given the VF to a container of its own since its sandbox died: then it is not ours to take. */
const hasOurMark = ({ alias }: Link, device: PciAddress) => beforeInAlias(device, alias) !== undefined;

/** First its own sandbox, under whatever path. Elsewhere a link is not known by its alias alone: any pod can write one. */
function whereToLook(
  { before, sandboxInode }: Pick<AttachmentRecord, 'before' | 'sandboxInode'>,
  { host }: World,
) {
  const all = host.namespaces();
  const own = all.filter(({ inode }) => inode === sandboxInode);
  const others = before.link?.hasParentDevice ? all.filter(({ inode }) => inode !== sandboxInode) : [];
  return [...own, ...others];
}
