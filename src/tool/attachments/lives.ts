import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AttachmentRecord } from '../../../schemas/record.ts';
import { isInitialPidNamespace } from '../../host/netns.ts';
import { logTo } from '../terminal-log.ts';
import type { Tool } from '../tool.ts';
import { type IsInSight, type Life, lifeOf } from './life.ts';

export type Lived = { readonly record: AttachmentRecord; readonly life: Life };

/**
 * Runtimes keep the directory when the last pod is gone; that of a process goes with it. A file that is there, but no
 * namespace, is what a container sees of a mount that was made after its own.
 */
export const isInSight: IsInSight = (path) =>
  path.startsWith('/proc/') ? isInitialPidNamespace() : existsSync(dirname(path)) && !existsSync(path);

/** Looking into a namespace takes some 5 ms: above so many it takes more than a second. */
const MANY = 200;

export async function livesOf(records: readonly AttachmentRecord[], tool: Tool): Promise<Lived[]> {
  const world = tool.world(logTo(tool.terminal));
  if (records.length > MANY) tool.terminal.tell(`Looking into ${records.length} namespaces ...\n`);
  const lived: Lived[] = [];
  for (const record of records) lived.push({ record, life: await lifeOf(record, world, isInSight) });
  return lived;
}
