/** DEL: what the record says, whatever the configuration says by now; without a record, what still can be done. */
import { type Attachment, isSameAttachment } from '../../schemas/attachment.ts';
import { CniError } from '../../schemas/fault.ts';
import { deviceIdsOf } from '../../schemas/netconf.ts';
import type { AttachmentRecord, Delegate } from '../../schemas/record.ts';
import type { DelRequest } from '../../schemas/request.ts';
import { dataDirOf } from './desired.ts';
import { mayReleaseIn } from './policy.ts';
import type { Sandbox, World } from './ports.ts';
import { detach } from './restore.ts';
import { restoreUnrecorded } from './restore-unrecorded.ts';
import { withLivingSandbox } from './sandbox.ts';

export async function del(request: DelRequest, world: World): Promise<void> {
  const records = await world.records.ofAttachment(request.attachment);
  await endAll(records, request, world);
  const [first] = records;
  if (!first) {
    await delUnrecorded(named(request), world);
    // An ADD of this very attachment may have begun meanwhile: what it holds is released, and must not stay in use.
    return endAll(await world.records.ofAttachment(request.attachment), request, world);
  }
  // The records of others do not tell which addresses are held.
  if (first.origin) await releaseConfigured({ ...request, attachment: first.attachment }, world);
}

async function endAll(
  records: readonly AttachmentRecord[],
  request: DelRequest,
  world: World,
): Promise<void> {
  const { sandbox } = request;
  for (const record of records) await delRecorded(record, world, { sandbox });
}

type NamedRequest = DelRequest & { readonly attachment: Attachment };

/** Without a record, only the network's name tells where addresses may be held. */
export function named(request: DelRequest): NamedRequest {
  const { network, ...rest } = request.attachment;
  if (network) return { ...request, attachment: { network, ...rest } };
  throw new CniError(
    'netconf',
    'name: expected the name of the network, since there is no record of the attachment',
  );
}

type Circumstances = {
  /** That of the call. */
  readonly sandbox?: string | undefined;
  /** Is asked under the lock: what is true before may not be any more. */
  readonly isToGo?: (record: AttachmentRecord) => Promise<boolean>;
};

/** Ends the attachment if the device is still its own: another DEL may have been first, and a new pod have the VF. */
export async function delRecorded(
  { device, attachment, sandbox: recorded }: AttachmentRecord,
  world: World,
  { sandbox, isToGo = async () => true }: Circumstances = {},
): Promise<void> {
  const endLocked = (living: Sandbox | undefined) =>
    world.withLock(device, async () => {
      const record = await world.records.ofDevice(device);
      if (!record || !isOf(record, attachment) || !(await isToGo(record))) return;
      // Meanwhile the path may have come to mean another namespace, and the record to tell of that.
      const isIts = living && (record.sandboxInode ?? living.inode) === living.inode;
      if (isIts) await detach({ record, sandbox: living, world });
      else await end(record, world, sandbox);
    });
  // While the lock is being taken, processes are started that work in the sandbox.
  await withLivingSandbox(world, [recorded, sandbox], endLocked);
}

/** sriov-cni's files join container id and interface name by a character that both may contain. */
function isOf({ origin, attachment: one }: AttachmentRecord, other: Attachment): boolean {
  const joined = ({ network, containerId, ifName }: Attachment) => `${network} ${containerId}-${ifName}`;
  return origin ? joined(one) === joined(other) : isSameAttachment(one, other);
}

/** In the sandbox that is recorded or, if that path leads nowhere any more, in that of the call. */
function end(record: AttachmentRecord, world: World, sandboxOfCall: string | undefined): Promise<void> {
  return withLivingSandbox(world, [record.sandbox, sandboxOfCall], (sandbox) =>
    detach({ record, sandbox, world }),
  );
}

async function delUnrecorded(request: NamedRequest, world: World): Promise<void> {
  const { attachment, sandbox, conf } = request;
  const [device] = deviceIdsOf(conf);
  if (!device) return releaseConfigured(request, world);
  await world.withLock(device, async () => {
    const record = await world.records.ofDevice(device);
    // An ADD of this very attachment was at work until it let the lock go.
    if (record && isOf(record, attachment)) return end(record, world, sandbox);
    if (!record) {
      await withLivingSandbox(world, [sandbox], (living) => restoreUnrecorded(device, living, world));
      await world.records.remove(device);
    }
    return releaseConfigured(request, world);
  });
}

/** All addresses of the attachment, wherever the configuration says that they come from. */
async function releaseConfigured(request: NamedRequest, world: World): Promise<void> {
  const { attachment, conf, delegate, sandbox = '' } = request;
  const dataDir = dataDirOf(conf);
  if (mayReleaseIn(dataDir, world)) await world.addresses.release(attachment, dataDir);
  if (delegate && canStart(delegate, world)) await world.delegates.del(delegate, { attachment, sandbox });
}

/** A plugin that is not there has given nothing that we know of: DEL must not fail for it for ever. */
function canStart(delegate: Delegate, { delegates, log }: World): boolean {
  try {
    delegates.mustExist(delegate);
    return true;
  } catch (cause) {
    log('warning', `No addresses to give back: ${(cause as Error).message}`);
    return false;
  }
}
