/** What DEL would do now, in sentences: it is rehearsed. Where DEL would have to wait, time passes on the model alone. */
import { CniError } from '../../../schemas/fault.ts';
import type { AttachmentRecord } from '../../../schemas/record.ts';
import { delRecorded } from '../../attachment/del.ts';
import { mayHaveLink, type Vf } from '../../attachment/observed.ts';
import type { Log, World } from '../../attachment/ports.ts';
import { inNamespaceOfLink } from '../../attachment/sandbox.ts';
import type { Machine } from '../../model/machine.ts';
import type { Tool } from '../tool.ts';
import { look, modelOf } from './model-of.ts';
import { rehearsedWorld } from './rehearsed-world.ts';

export async function foretold(
  record: AttachmentRecord,
  tool: Pick<Tool, 'world' | 'rehearsedAddresses'>,
): Promise<string[]> {
  const real = tool.world(() => {});
  const machine = await machineFor(record, real);
  const sentences: string[] = [];
  const log: Log = (level, message) => {
    if (level !== 'debug') sentences.push(message);
  };
  const stage = { machine, record, addresses: tool.rehearsedAddresses(), real };
  try {
    await delRecorded(record, await rehearsedWorld(stage, log));
    return [...sentences, 'remove the record'];
  } catch (cause) {
    if (!(cause instanceof CniError)) throw cause;
    return [...sentences, `fail, and keep the record: ${cause.message}`];
  }
}

async function machineFor(record: AttachmentRecord, real: World): Promise<Machine> {
  const device = real.host.findDevice(record.device);
  const vf: Vf = device.is === 'vf' ? device : { address: record.device, index: 0 };
  const paths = [record.sandbox, await whereLinkIs(record, vf, real)].filter((path) => path !== undefined);
  const machine = modelOf(await look(real, vf, paths), record);
  return device.is === 'vf' ? machine : { ...machine, vfs: [] };
}

/** DEL finds it too, if the pod has moved it on, or the sandbox has lost its path. */
async function whereLinkIs(record: AttachmentRecord, vf: Vf, real: World): Promise<string | undefined> {
  if (!record.before.link || !mayHaveLink(vf) || vf.linkName !== undefined) return undefined;
  let path: string | undefined;
  await inNamespaceOfLink(record, real, async (sandbox) => {
    path = sandbox.path;
  });
  return path;
}
