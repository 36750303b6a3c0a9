/** Who has a VF, and whether they still live. When in doubt they do. */
import { CniError } from '../../schemas/fault.ts';
import type { AttachmentRecord } from '../../schemas/record.ts';
import type { NetworkName } from '../../schemas/words.ts';
import { delRecorded } from './del.ts';
import type { Desired } from './desired.ts';
import { releaseForNext } from './granting.ts';
import { identityOf, type Link, mayHaveLink, vfLinkIn } from './observed.ts';
import type { Host, Sandbox, World } from './ports.ts';
import { detach } from './restore.ts';
import { withLivingSandbox } from './sandbox.ts';

type Ending = { readonly desired: Desired; readonly sandbox: Sandbox; readonly world: World };

/** A record of a dead attachment still holds the VF: whoever comes next restores it. A living one is refused. */
export async function endEarlier({ desired, sandbox, world }: Ending): Promise<void> {
  const earlier = await world.records.ofDevice(desired.device);
  if (!earlier) return refuseClaimed(desired, world);
  await withLivingSandbox(world, [earlier.sandbox], async (its) => {
    const lives = await isAlive(earlier, its, world);
    // We have the lock, so that what is unfinished died, or failed and could not be undone: nobody relies on it.
    if (lives && !earlier.isUnfinished) throw inUse(earlier);
    const state = lives ? 'unfinished' : 'dead';
    const { containerId } = earlier.attachment;
    world.log('warning', `Ending the ${state} attachment of ${desired.device} to container ${containerId}`);
    await detach({ record: earlier, sandbox: its ?? sandbox, world }, releaseForNext);
  });
}

/** For a person who asks: throws what an ADD of the VF would be refused with. */
export function mustNotBeInUse(earlier: AttachmentRecord, world: World): Promise<void> {
  return withLivingSandbox(world, [earlier.sandbox], async (its) => {
    if (!earlier.isUnfinished && (await isAlive(earlier, its, world))) throw inUse(earlier);
  });
}

/** `its` is its sandbox, if that lives. */
async function isAlive(record: AttachmentRecord, its: Sandbox | undefined, world: World): Promise<boolean> {
  if (record.bootId !== world.host.bootId() || its === undefined) return false;
  return isHolding(record, its, world);
}

/**
 * A link tells by being there. A VF for userspace has none: the sandbox counts, unless its path has come to mean
 * another namespace.
 */
export async function isHolding(
  record: AttachmentRecord,
  sandbox: Sandbox,
  { host }: World,
): Promise<boolean> {
  if (record.before.link) {
    const links = await host.linksIn(sandbox);
    return vfLinkIn(links, identityOf(record)) !== undefined || isInDoubt(record, { sandbox, links }, host);
  }
  return record.sandboxInode === undefined || record.sandboxInode === sandbox.inode;
}

/**
 * A link that is not at home may be the pod's though we do not see it: the pod may have moved it on into a namespace of its
 * own; and before Linux 5.14 the kernel names no link's device, and sriov-cni writes no alias.
 */
function isInDoubt(
  { origin, device, sandboxInode }: AttachmentRecord,
  { sandbox, links }: { readonly sandbox: Sandbox; readonly links: readonly Link[] },
  host: Host,
): boolean {
  const isNamed = links.some(({ parentDevice }) => parentDevice !== undefined);
  if (origin ? isNamed : sandboxInode !== sandbox.inode) return false;
  const found = host.findDevice(device);
  return found.is === 'vf' && mayHaveLink(found) && found.linkName === undefined;
}

function inUse({ attachment, device, sandbox, origin }: AttachmentRecord): CniError {
  const { network, containerId, ifName } = attachment;
  const by = origin ? `, attached by ${origin}` : '';
  return new CniError(
    'device-in-use',
    `Cannot attach ${device}: container ${containerId} has it as ${ifName} (network ${network}, ${sandbox}${by})`,
  );
}

async function refuseClaimed({ device }: Desired, world: World): Promise<void> {
  const path = await world.records.claimOfOthers(device);
  if (path === undefined) return;
  await withLivingSandbox(world, [path], async (living) => {
    if (!living) return world.records.dropClaim(device);
    throw new CniError('device-in-use', `Cannot attach ${device}: sriov-cni has given it to ${path}`);
  });
}

/**
 * Ends the network's attachments that are proved dead: of an earlier boot, or with a sandbox that is gone. Returns how
 * many. For when addresses are short, since Multus passes on no GC.
 */
export async function reclaim(network: NetworkName, world: World): Promise<number> {
  let ended = 0;
  for (const record of await world.records.ofNetwork(network)) {
    // Who lives is not waited for. The container may be started anew, as podman does, before the lock is ours.
    if (!(await isDead(record, world))) continue;
    try {
      await delRecorded(record, world, { isToGo: (now) => isReclaimed(now, world) });
      ended += 1;
    } catch (cause) {
      world.log('warning', `It stays: ${(cause as Error).message}`);
    }
  }
  return ended;
}

async function isReclaimed(record: AttachmentRecord, world: World): Promise<boolean> {
  const { device, attachment, sandbox } = record;
  if (!(await isDead(record, world))) return false;
  world.log('warning', `Ending the attachment of ${device} to ${attachment.containerId}: ${sandbox} is gone`);
  return true;
}

/** Proved by a later boot, or by a sandbox that is gone. One that we are in ourselves lives, though it is refused. */
export function isDead({ bootId, sandbox, sandboxInode }: AttachmentRecord, world: World): Promise<boolean> {
  const { host } = world;
  if (bootId !== host.bootId()) return Promise.resolve(true);
  return withLivingSandbox(
    world,
    [sandbox],
    async (living) => living === undefined && !host.isOwn(sandbox, sandboxInode),
  );
}
