/** Commands that change something do so from the node's network namespace: there the VFs come home to. */
import { CniError } from '../../schemas/fault.ts';
import type { AttachmentRecord } from '../../schemas/record.ts';
import { isOwnAt, type OwnNamespace, ownNamespaceUnlessHost } from '../host/netns.ts';
import type { Tool } from './tool.ts';

/** Whose records throw CniError if this process is in the namespace of a pod. */
export function onTheNode(tool: Tool): Tool {
  const records = async () => {
    const all = await tool.records();
    mustBeOnNode(all);
    return all;
  };
  return { ...tool, records };
}

function mustBeOnNode(records: readonly AttachmentRecord[]): void {
  const own = ownNamespaceUnlessHost();
  const whose = own && whoseIs(own, records);
  if (whose === undefined) return;
  throw new CniError(
    'unavailable',
    `This command runs in the network namespace ${whose}, not in that of the node. Nothing was changed. Run it on the node itself`,
  );
}

function whoseIs({ inode, mount }: OwnNamespace, records: readonly AttachmentRecord[]): string | undefined {
  const around = records.find(
    ({ sandbox, sandboxInode }) => sandboxInode === inode || isOwnAt(sandbox, sandboxInode),
  );
  return around ? `of container ${around.attachment.containerId}` : mount;
}
