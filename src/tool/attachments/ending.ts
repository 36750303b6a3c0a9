/** Ends an attachment as its runtime would have: by a DEL of the plugin, which is this executable. */
import { dirname } from 'node:path';
import { CniError } from '../../../schemas/fault.ts';
import type { AttachmentRecord } from '../../../schemas/record.ts';
import type { Ended } from '../../host/run-child.ts';
import { asPlugin } from '../as-plugin.ts';
import { plain } from '../terminal.ts';
import type { Tool } from '../tool.ts';

/** Newer than all that a runtime needs for DEL; what was attached is in the record. */
const CNI_VERSION = '1.0.0';

type ForDel = Pick<Tool, 'env' | 'executable' | 'runFile' | 'terminal'>;

/** Tells what it logs. Throws CniError if it was not all restored: then record and addresses stay. */
export async function endByDel(tool: ForDel, record: AttachmentRecord): Promise<void> {
  const { runFile, terminal } = tool;
  const { network } = record.attachment;
  terminal.tell(`Ending the attachment of ${record.device} ...\n`);
  const ended = await runFile({
    ...asPlugin(tool),
    env: environmentOf(record, tool),
    input: JSON.stringify({ cniVersion: CNI_VERSION, name: network, type: 'sriov' }),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  for (const line of ended.stderr.split('\n').filter(Boolean)) terminal.tell(`${plain(line)}\n`);
  if (ended.exitCode === 0) return;
  throw new CniError('undo-incomplete', `Cannot end the attachment of ${record.device}: ${reasonOf(ended)}`);
}

/** IPAM plugins are found where the runtime finds them, or beside us. */
export function environmentOf(
  { attachment: { containerId, ifName }, sandbox }: AttachmentRecord,
  { env, executable }: Pick<Tool, 'env' | 'executable'>,
): Record<string, string> {
  return {
    CNI_COMMAND: 'DEL',
    CNI_CONTAINERID: containerId,
    CNI_IFNAME: ifName,
    CNI_NETNS: sandbox,
    CNI_PATH: env['CNI_PATH'] || dirname(executable),
  };
}

function reasonOf({ stdout, startError, signal, killedAfterMs }: Ended): string {
  if (startError) return startError;
  if (killedAfterMs !== undefined) return `DEL did not end within ${killedAfterMs / 1000} s`;
  if (signal) return `DEL was ended by ${signal}`;
  try {
    const { msg, details } = JSON.parse(stdout) as { readonly msg?: string; readonly details?: string };
    return details || msg || stdout;
  } catch {
    return stdout || 'DEL failed, and said nothing';
  }
}
