import { Command } from 'commander';
import { withExamples } from '../help.ts';
import { type Format, formatOption, show } from '../output.ts';
import { foretold, surroundingsOf } from '../rehearsal/foretold.ts';
import { plain } from '../terminal.ts';
import type { Tool } from '../tool.ts';
import { chosen } from './chosen.ts';
import { type Described, describedText } from './described.ts';
import { livesOf } from './lives.ts';

export function showCommand(tool: Tool): Command {
  const command = new Command('show')
    .summary('everything about one attachment')
    .description(
      'Shows everything that is recorded of an attachment, what was before it, and what DEL would do now. Changes nothing. With -o json or yaml it shows the record itself.',
    )
    .argument(
      '<which>',
      'the address of the VF, the container (its id, or how it begins), or NAMESPACE/NAME of the pod',
    )
    .addOption(formatOption())
    .action(async (which: string, { output }: { readonly output: Format }) => {
      const records = chosen(await tool.records(), which);
      const texts = await described(tool, records);
      tool.terminal.print(show(output, { value: records, text: () => texts.map(textOf).join('\n') }));
    });
  return withExamples(command, [
    ['sriov attachments show 0000:01:10.0', 'who has this VF, and what it was before'],
    ['sriov attachments show default/web', 'all VFs of a pod'],
    [`sriov attachments show default/web -o json | jq '.[].before'`, 'what will be restored, for a program'],
  ]);
}

/** Names in a record may be anybody's; lines are ours. */
const textOf = (one: Described) => describedText(one).split('\n').map(plain).join('\n');

async function described(tool: Tool, records: Parameters<typeof livesOf>[0]): Promise<Described[]> {
  const surroundings = surroundingsOf(tool);
  const all: Described[] = [];
  for (const { record, life } of await livesOf(records, tool)) {
    all.push({ record, life, restoring: await foretold(record, surroundings) });
  }
  return all;
}
