import { Command } from 'commander';
import { sinceText } from '../attachments/attached.ts';
import { withExamples } from '../help.ts';
import { shortId } from '../holder.ts';
import { type Format, formatOption, showList } from '../output.ts';
import type { Column } from '../table.ts';
import type { Tone } from '../terminal.ts';
import type { Tool } from '../tool.ts';
import type { Judged, ReservationState } from './judged.ts';
import { withStoreOptions } from './options.ts';
import { surveyOf, type Wanted } from './survey.ts';

export function showCommand(tool: Tool): Command {
  const command = withStoreOptions(new Command('show'))
    .summary('who has which address of a network')
    .description(
      'Shows each address that is held in a network: by whom, since when, and whether anybody still uses it. Stale is what certainly nobody uses; unknown is what may be of another plugin.',
    )
    .argument('<network>', 'its name, as in the configuration')
    .addOption(formatOption())
    .action(async (network: string, { output, ...wanted }: Wanted & { readonly output: Format }) => {
      const { networks } = await surveyOf(tool, wanted, network);
      const rows = networks.flatMap(({ judged }) => judged);
      const none = `Network ${network} holds no address.`;
      tool.terminal.print(showList(tool.terminal, output, { rows, columns: COLUMNS, none }));
    });
  return withExamples(command, [
    ['sriov ipam show sriov-network', 'every address of the network'],
    ['sriov ipam show sriov-network -o wide', 'with container and VF'],
    [
      `sriov ipam show sriov-network -o json | jq -r '.[] | select(.state == "stale") | .address'`,
      'addresses that nobody uses any more',
    ],
  ]);
}

const TONE_OF: Record<ReservationState, Tone | undefined> = {
  held: undefined,
  unfinished: 'doubtful',
  unknown: 'doubtful',
  stale: 'bad',
  damaged: 'bad',
};

const COLUMNS: readonly Column<Judged>[] = [
  { title: 'ADDRESS', of: ({ address }) => address },
  { title: 'HELD BY', of: ({ pod, container }) => pod ?? shortId(container) },
  { title: 'INTERFACE', of: (one) => one.interface },
  { title: 'SINCE', of: ({ since }) => sinceText(since) },
  { title: 'STATE', of: ({ state }) => state, toneOf: ({ state }) => TONE_OF[state] },
  { title: 'CONTAINER', of: ({ container }) => container, isWide: true },
  { title: 'VF', of: ({ device }) => device, isWide: true },
  { title: 'WHY', of: ({ why }) => why },
];
