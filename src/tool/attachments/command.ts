import { Command } from 'commander';
import { withExamples } from '../help.ts';
import type { Tool } from '../tool.ts';
import { checkCommand } from './check.ts';
import { listCommand } from './list.ts';
import { releaseCommand } from './release.ts';
import { showCommand } from './show.ts';

export function attachmentsCommand(tool: Tool): Command {
  const command = new Command('attachments')
    .summary('show, check and end what the plugin has attached')
    .description(
      'Shows what is recorded on this machine, compares it with what is there, and ends what its runtime forgot. Without a word it lists, with the options of list.',
    )
    .addCommand(listCommand(tool), { isDefault: true })
    .addCommand(showCommand(tool))
    .addCommand(checkCommand(tool))
    .addCommand(releaseCommand(tool));
  return withExamples(command, [
    ['sriov attachments', 'every attachment, and whose it is'],
    ['sriov attachments show default/web', 'what was before, and what DEL will do'],
    ['sriov attachments check', 'what differs now'],
    ['sriov attachments release 0000:01:10.0', 'what ending it would do; --yes does it'],
  ]);
}
