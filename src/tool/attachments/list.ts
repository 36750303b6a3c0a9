import { Command } from 'commander';
import { withExamples } from '../help.ts';
import { type Format, formatOption, showList } from '../output.ts';
import type { Tool } from '../tool.ts';
import { attachedOf, COLUMNS } from './attached.ts';
import { type Filters, filtered, noneText, parsePod } from './chosen.ts';
import { livesOf } from './lives.ts';

type Options = Filters & { readonly output: Format };

export function listCommand(tool: Tool): Command {
  const command = new Command('list')
    .summary('every attachment, and whose it is')
    .description(
      'Shows every attachment that is recorded on this machine: who has which VF, since when, and whether it still lives. Run it on the node itself: in a container, the namespaces of pods look gone.',
    )
    .addOption(formatOption())
    .option('--network <name>', 'only those of this network')
    .option('--container <id>', 'only those of this container: its id, or how that begins')
    .option('--pod <namespace/name>', 'only those of this pod', parsePod)
    .action(async ({ output, ...filters }: Options) => {
      const records = filtered(await tool.records(), filters);
      const lives = await livesOf(records, tool);
      const rows = lives.map(({ record, life }) => attachedOf(record, life));
      tool.terminal.print(
        showList(tool.terminal, output, { rows, columns: COLUMNS, none: noneText(filters) }),
      );
    });
  return withExamples(command, [
    ['sriov attachments list', 'every attachment'],
    [
      'sriov attachments list --network sriov-network -o wide',
      'those of a network, with namespace and reason',
    ],
    [
      `sriov attachments list -o json | jq -r '.[] | select(.state == "dead") | .device'`,
      'VFs whose pod is gone',
    ],
  ]);
}
