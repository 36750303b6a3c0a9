import { Command } from 'commander';
import type { AttachmentRecord } from '../../../schemas/record.ts';
import { withExamples } from '../help.ts';
import { type Holder, holderOf, holderText } from '../holder.ts';
import { type Format, formatOption, showList } from '../output.ts';
import type { Column } from '../table.ts';
import type { Tool } from '../tool.ts';

type Attached = Holder & {
  readonly device: string;
  readonly addresses: readonly string[];
  readonly isUnfinished?: true;
};

export function attachmentsCommand(tool: Tool): Command {
  const command = new Command('attachments')
    .summary('show what the plugin has attached')
    .description('Shows every attachment that is recorded on this machine.')
    .addOption(formatOption())
    .action(async ({ output }: { readonly output: Format }) => {
      const rows = (await tool.records()).map(attachedOf);
      tool.terminal.print(
        showList(tool.terminal, output, { rows, columns: COLUMNS, none: 'Nothing is attached.' }),
      );
    });
  return withExamples(command, [['sriov attachments', 'every attachment, and whose it is']]);
}

function attachedOf(record: AttachmentRecord): Attached {
  const { device, addresses, isUnfinished } = record;
  return { device, ...holderOf(record), addresses: addresses.held, ...(isUnfinished && { isUnfinished }) };
}

const COLUMNS: readonly Column<Attached>[] = [
  { title: 'VF', of: ({ device }) => device },
  { title: 'HELD BY', of: holderText },
  { title: 'INTERFACE', of: (attached) => attached.interface },
  { title: 'NETWORK', of: ({ network }) => network },
  { title: 'ADDRESSES', of: ({ addresses }) => addresses.join(', ') },
  { title: 'CONTAINER', of: ({ container }) => container, isWide: true },
  { title: 'NETNS', of: ({ netns }) => netns, isWide: true },
];
