/** CHECK: is everything as ADD left it? All differences in one error. */
import { isSameAttachment } from '../../schemas/attachment.ts';
import { CniError } from '../../schemas/fault.ts';
import type { AttachmentRecord } from '../../schemas/record.ts';
import type { CheckRequest } from '../../schemas/request.ts';
import type { Result } from '../../schemas/result.ts';
import { type Desired, desiredOf } from './desired.ts';
import { differencesOf, type InSandbox } from './differences.ts';
import { asksPf, identityOf, vfLinkIn } from './observed.ts';
import type { Sandbox, World } from './ports.ts';
import { vfOf } from './refusals.ts';

export async function check(request: CheckRequest, world: World): Promise<void> {
  const desired = desiredOf(request);
  const { prevResult } = request;
  if (!prevResult) throw new CniError('netconf', 'prevResult: expected the result of ADD, got nothing');
  const sandbox = world.host.openSandbox(desired.sandbox);
  try {
    const differences = await world.withLock(desired.device, () =>
      observed({ desired, prevResult, sandbox, world }),
    );
    if (differences.length > 0) throw new CniError('drift', differences.join('; '));
  } finally {
    world.host.closeSandbox(sandbox);
  }
  if (desired.delegate) await world.delegates.check(desired.delegate);
}

type Checking = {
  readonly desired: Desired;
  readonly prevResult: Result;
  readonly sandbox: Sandbox;
  readonly world: World;
};

async function observed(checking: Checking): Promise<string[]> {
  const { desired, prevResult, world } = checking;
  const { attachment, device } = desired;
  const { host, records } = world;
  const vf = vfOf(host.findDevice(device), desired);
  const record = await records.ofDevice(device);
  if (!record || !isSameAttachment(record.attachment, attachment)) return [unrecorded(record, desired)];
  const inSandbox = record.before.link ? await observeSandbox(checking, record) : 'no link';
  if (!inSandbox) return [`The VF ${device} is not in the sandbox ${desired.sandbox}`];
  const { shown } = await host.observe(vf, asksPf(vf, desired));
  const { dataDir, held } = record.addresses;
  const missing = held.length > 0 ? await world.addresses.missing(attachment, dataDir, held) : [];
  return differencesOf({ desired, prevResult, inSandbox, shown, missing });
}

async function observeSandbox(
  { sandbox, world: { host } }: Checking,
  record: AttachmentRecord,
): Promise<Exclude<InSandbox, 'no link'> | undefined> {
  const link = vfLinkIn(await host.linksIn(sandbox), identityOf(record));
  return link && { link, network: await host.observeNetwork(sandbox, link.name) };
}

function unrecorded(record: AttachmentRecord | undefined, { device }: Desired): string {
  return record
    ? `The VF ${device} is recorded for container ${record.attachment.containerId}`
    : `There is no record of ${device}`;
}
