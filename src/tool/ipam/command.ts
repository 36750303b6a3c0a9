import { Command } from 'commander';
import { withExamples } from '../help.ts';
import type { Tool } from '../tool.ts';
import { checkCommand } from './check.ts';
import { listCommand } from './list.ts';
import { reclaimCommand } from './reclaim.ts';
import { releaseCommand } from './release.ts';
import { showCommand } from './show.ts';

export function ipamCommand(tool: Tool): Command {
  const command = new Command('ipam')
    .summary('show, check and free the addresses of this machine')
    .description(
      'Shows who has which address in the store, how full ranges are, and what is stale; frees what nobody uses. Other plugins may share the store: what is not certain is called unknown, and left alone. Without a word it lists, with the options of list.',
    )
    .addCommand(listCommand(tool), { isDefault: true })
    .addCommand(showCommand(tool))
    .addCommand(checkCommand(tool))
    .addCommand(releaseCommand(tool))
    .addCommand(reclaimCommand(tool));
  return withExamples(command, [
    ['sriov ipam list -f net.json', 'how full the networks are'],
    ['sriov ipam show sriov-network', 'who has which address'],
    ['sriov ipam check', 'what is stale, damaged or missing, and why'],
    ['sriov ipam reclaim sriov-network', 'what reclaiming would free; --yes does it'],
  ]);
}
