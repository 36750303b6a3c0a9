import { Command } from 'commander';
import { withExamples } from '../help.ts';
import { type Format, formatOption, show } from '../output.ts';
import { type Column, table } from '../table.ts';
import type { Tool } from '../tool.ts';
import { type Fullness, fullnessOf } from './fullness.ts';
import type { ReservationState } from './judged.ts';
import { withStoreOptions } from './options.ts';
import { type Surveyed, surveyOf, type Wanted } from './survey.ts';

type Network = {
  readonly network: string;
  readonly addresses: number;
  readonly attachments: number;
  readonly stale: number;
  readonly unknown: number;
  readonly damaged: number;
  readonly ranges: readonly Omit<Fullness, 'network'>[];
};

export function listCommand(tool: Tool): Command {
  const command = withStoreOptions(new Command('list'))
    .summary('networks, and how full they are')
    .description(
      'Shows the networks of this machine: how many addresses they hold, by how many attachments, and how many nobody uses any more. Of networks whose configuration is known (-f, or in the directory of the runtime) also how full each range set is. Sizes are texts in JSON and YAML: those of IPv6 are no numbers there.',
    )
    .addOption(formatOption())
    .action(async ({ output, ...wanted }: Wanted & { readonly output: Format }) => {
      const survey = await surveyOf(tool, wanted);
      const networks = survey.networks.map(networkOf);
      tool.terminal.print(show(output, { value: networks, text: () => textOf(tool, networks) }));
    });
  return withExamples(command, [
    ['sriov ipam list', 'networks of this machine'],
    ['sriov ipam list -f net.json -f other.conflist', 'and how full their ranges are'],
    ['sriov ipam list --data-dir /run/networks', 'of another data directory (ipam.dataDir)'],
  ]);
}

function networkOf({ network, judged, listing, users }: Surveyed): Network {
  const held = judged.filter(({ address }) => address !== undefined);
  const inState = (state: ReservationState) => held.filter((one) => one.state === state).length;
  const owners = new Set(
    held.filter((one) => one.container).map((one) => `${one.container} ${one.interface ?? ''}`),
  );
  const full = fullnessOf(
    network,
    users,
    listing.reserved.map(({ address }) => address),
  );
  return {
    network,
    addresses: held.length,
    attachments: owners.size,
    stale: inState('stale'),
    unknown: inState('unknown'),
    damaged: inState('damaged'),
    ranges: full.map(({ network: _, ...rest }) => rest),
  };
}

function textOf({ terminal }: Tool, networks: readonly Network[]): string {
  if (networks.length === 0) return 'No network holds addresses here, and none is configured.\n';
  const ranges = networks.flatMap(({ network, ranges }) => ranges.map((one) => ({ network, ...one })));
  return [
    table(networks, COLUMNS, terminal),
    ...(ranges.length > 0 ? [table(ranges, RANGE_COLUMNS, terminal)] : []),
  ].join('\n');
}

const bad = (count: number) => (count > 0 ? 'bad' : undefined);

const COLUMNS: readonly Column<Network>[] = [
  { title: 'NETWORK', of: ({ network }) => network },
  { title: 'ADDRESSES', of: ({ addresses }) => addresses },
  { title: 'ATTACHMENTS', of: ({ attachments }) => attachments },
  { title: 'STALE', of: ({ stale }) => stale, toneOf: ({ stale }) => bad(stale) },
  { title: 'UNKNOWN', of: ({ unknown }) => unknown },
  { title: 'DAMAGED', of: ({ damaged }) => damaged, toneOf: ({ damaged }) => bad(damaged) },
];

const RANGE_COLUMNS: readonly Column<Fullness>[] = [
  { title: 'NETWORK', of: ({ network }) => network },
  { title: 'RANGES', of: ({ ranges }) => ranges },
  { title: 'SIZE', of: ({ size }) => size },
  { title: 'HELD', of: ({ held }) => held },
  { title: 'FREE', of: ({ free }) => free, toneOf: ({ free }) => (free === '0' ? 'bad' : undefined) },
  { title: 'FULL', of: ({ percent }) => `${percent} %` },
];
