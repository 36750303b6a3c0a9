/** DEL: what the record says, whatever the configuration says by now; without a record, what still can be done. */
import { beforeInAlias } from '../../schemas/alias.ts';
import { isSameAttachment } from '../../schemas/attachment.ts';
import { CniError } from '../../schemas/fault.ts';
import type { AttachmentRecord, Before } from '../../schemas/record.ts';
import type { DelRequest } from '../../schemas/request.ts';
import type { PciAddress } from '../../schemas/words.ts';
import { dataDirOf } from './desired.ts';
import { type Link, type Observed, type Vf, vfLinkIn } from './observed.ts';
import type { Sandbox, World } from './ports.ts';
import { detach, restore } from './restore.ts';
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
    if (!record || !isSameAttachment(record.attachment, attachment)) return;
    await withLivingSandbox(world, [record.sandbox, sandboxOfCall], (sandbox) =>
      detach({ record, sandbox, world }),
    );
  });
}

async function delUnrecorded({ attachment, sandbox, conf }: DelRequest, world: World): Promise<void> {
  const { deviceID } = conf;
  if (deviceID) {
    await withLivingSandbox(world, [sandbox], (living) =>
      world.withLock(deviceID, () => restoreByAlias(deviceID, living, world)),
    );
  }
  await world.addresses.release(attachment, dataDirOf(conf));
}

/** A VF whose record was lost tells by its alias that it is ours, and what its link was. */
async function restoreByAlias(device: PciAddress, sandbox: Sandbox | undefined, world: World): Promise<void> {
  const { host, records } = world;
  if (await records.ofDevice(device)) return;
  await records.remove(device);
  const vf = host.findDevice(device);
  if (vf.is !== 'vf') return;
  const seen = await host.observe(vf, 'link');
  const link = seen.home ?? (sandbox && vfLinkIn(await host.linksIn(sandbox), device));
  const before = link && (await rebuilt(vf, link, world));
  if (!before) return;
  world.log('warning', `Restoring ${device} from its alias: there is no record of it`);
  const incomplete = await restore({ record: { device, before }, sandbox, world });
  if (incomplete.length > 0) throw new CniError('undo-incomplete', incomplete.join('; '));
}

async function rebuilt(vf: Vf, link: Link, { host }: World): Promise<Before | undefined> {
  const before = beforeInAlias(vf.address, link.alias);
  if (!before) return undefined;
  const { shown }: Observed = await host.observe(vf, 'link and PF');
  return {
    link: before,
    settings: shown ? DEFAULTS : {},
    ...(shown && link.mac !== before.mac && { adminMac: { shown: before.mac, isPinned: false } }),
  };
}

/** What the PFs of the kernel's drivers have for a new VF. */
const DEFAULTS = { vlan: { id: 0, qos: 0 }, spoofchk: 'on', trust: 'off' } as const;
