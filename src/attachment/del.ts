/** DEL: what the record says, whatever the configuration says by now; without a record, what still can be done. */
import { isSameAttachment } from '../../schemas/attachment.ts';
import type { AttachmentRecord } from '../../schemas/record.ts';
import type { DelRequest } from '../../schemas/request.ts';
import { dataDirOf } from './desired.ts';
import type { World } from './ports.ts';
import { detach } from './restore.ts';
import { restoreUnrecorded } from './restore-unrecorded.ts';
import { withLivingSandbox } from './sandbox.ts';

export async function del(request: DelRequest, world: World): Promise<void> {
  const records = await world.records.ofAttachment(request.attachment);
  for (const record of records) await delRecorded(record, world, request.sandbox);
  if (records.length === 0) await delUnrecorded(request, world);
}

/** Ends the attachment if the device is still its own: another DEL may have been first, and a new pod have the VF. */
export async function delRecorded(
  { device, attachment }: AttachmentRecord,
  world: World,
  sandboxOfCall?: string,
): Promise<void> {
  await world.withLock(device, async () => {
    const record = await world.records.ofDevice(device);
    if (record && isSameAttachment(record.attachment, attachment)) await end(record, world, sandboxOfCall);
  });
}

/** In the sandbox that is recorded or, if that path leads nowhere any more, in that of the call. */
function end(record: AttachmentRecord, world: World, sandboxOfCall: string | undefined): Promise<void> {
  return withLivingSandbox(world, [record.sandbox, sandboxOfCall], (sandbox) =>
    detach({ record, sandbox, world }),
  );
}

async function delUnrecorded({ attachment, sandbox, conf }: DelRequest, world: World): Promise<void> {
  const { deviceID } = conf;
  const release = () => world.addresses.release(attachment, dataDirOf(conf));
  if (!deviceID) return release();
  await world.withLock(deviceID, async () => {
    const record = await world.records.ofDevice(deviceID);
    // An ADD of this very attachment was at work until it let the lock go.
    if (record && isSameAttachment(record.attachment, attachment)) return end(record, world, sandbox);
    if (!record) {
      await world.records.remove(deviceID);
      await withLivingSandbox(world, [sandbox], (living) => restoreUnrecorded(deviceID, living, world));
    }
    return release();
  });
}
