/** CHECK: is everything as ADD left it? All differences in one error. */
import { isSameAttachment } from '../../schemas/attachment.ts';
import { CniError } from '../../schemas/fault.ts';
import type { AttachmentRecord } from '../../schemas/record.ts';
import type { CheckRequest } from '../../schemas/request.ts';
import type { Result } from '../../schemas/result.ts';
import { type Desired, desiredOf, touchesPf } from './desired.ts';
import { differencesOf } from './differences.ts';
import { identityOf, vfLinkIn } from './observed.ts';
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
}

type Checking = {
  readonly desired: Desired;
  readonly prevResult: Result;
  readonly sandbox: Sandbox;
  readonly world: World;
};

async function observed({ desired, prevResult, sandbox, world }: Checking): Promise<string[]> {
  const { attachment, device } = desired;
  const { host, records } = world;
  const vf = vfOf(host.findDevice(device), device);
  const record = await records.ofDevice(device);
  if (!record || !isSameAttachment(record.attachment, attachment)) return [unrecorded(record, desired)];
  const link = vfLinkIn(await host.linksIn(sandbox), identityOf(record));
  if (!link) return [`The VF ${device} is not in the sandbox ${desired.sandbox}`];
  const { shown } = await host.observe(vf, touchesPf(desired) ? 'link and PF' : 'link');
  const network = await host.observeNetwork(sandbox, link.name);
  const { dataDir, held } = record.addresses;
  const missing = held.length > 0 ? await world.addresses.missing(attachment, dataDir, held) : [];
  return differencesOf({ desired, prevResult, link, network, shown, missing });
}

function unrecorded(record: AttachmentRecord | undefined, { device }: Desired): string {
  return record
    ? `The VF ${device} is recorded for container ${record.attachment.containerId}`
    : `There is no record of ${device}`;
}
