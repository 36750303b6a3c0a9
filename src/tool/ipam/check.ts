import { Command } from 'commander';
import { withExamples } from '../help.ts';
import { type Format, formatOption, showList } from '../output.ts';
import type { Column } from '../table.ts';
import { EXIT_CODES, type Tool } from '../tool.ts';
import { type Finding, findingsIn } from './findings.ts';
import { withStoreOptions } from './options.ts';
import { surveyOf, type Wanted } from './survey.ts';

export function checkCommand(tool: Tool): Command {
  const command = withStoreOptions(new Command('check'))
    .summary('what is stale, damaged or missing, and why')
    .description(
      `Looks for addresses that nobody uses any more, records whose addresses the store does not hold, and files that are damaged or mean nothing. Changes nothing; exit code ${EXIT_CODES.found} if anything is wrong. What may be of another plugin is called unknown, which is not wrong. Run it on the node itself: in a container, the namespaces of pods look gone.`,
    )
    .argument('[network]', 'default: all')
    .addOption(formatOption())
    .action(
      async (network: string | undefined, { output, ...wanted }: Wanted & { readonly output: Format }) => {
        const { networks, damagedRecords } = await surveyOf(tool, wanted, network);
        const rows = networks.flatMap((one) => findingsIn(one, wanted));
        const none = 'Nothing is wrong.';
        tool.terminal.print(showList(tool.terminal, output, { rows, columns: COLUMNS, none }));
        if (damagedRecords.inPlace.length > 0 || rows.some(({ isWrong }) => isWrong))
          tool.endWith(EXIT_CODES.found);
      },
    );
  return withExamples(command, [
    ['sriov ipam check', 'all networks'],
    ['sriov ipam check sriov-network --only-ours -o wide', 'one network, that only sriov uses; with cures'],
  ]);
}

const COLUMNS: readonly Column<Finding>[] = [
  { title: 'NETWORK', of: ({ network }) => network },
  { title: 'WHAT', of: ({ what }) => what },
  {
    title: 'IS',
    of: (finding) => finding.is,
    toneOf: ({ isWrong }) => (isWrong ? 'bad' : 'doubtful'),
  },
  { title: 'WHY', of: ({ why }) => why },
  { title: 'CURE', of: ({ cure }) => cure, isWide: true },
];
