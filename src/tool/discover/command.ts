import { Command } from 'commander';
import { vlanText } from '../../attachment/change.ts';
import type { ShownByPf } from '../../attachment/observed.ts';
import { isPlainName, parseLinks, shownOf } from '../../host/ip-output.ts';
import { type Nic, nicsOf } from '../../host/nics.ts';
import { isRoot } from '../../host/node/directories.ts';
import { withExamples } from '../help.ts';
import { holderText } from '../holder.ts';
import { type Format, formatOption, separatorOf, show } from '../output.ts';
import { type Column, table } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import type { Tool } from '../tool.ts';
import { repeatedly } from '../watch.ts';
import { type Found, type FoundNic, type FoundVf, foundIn } from './found.ts';

type Options = { readonly output: Format; readonly watch?: true };

export function discoverCommand(tool: Tool): Command {
  const command = new Command('discover')
    .summary('show the PFs and VFs of this machine')
    .description(
      'Shows every network card with its VFs: driver, NUMA node, link, MTU, the settings of each VF, who has it, and why a card has no VFs.',
    )
    .addOption(formatOption())
    .option('-w, --watch', 'show it again whenever it changes, until interrupted')
    .action(async ({ output, watch }: Options) => {
      const look = async () => view(tool.terminal, output, await discover(asAnybody(tool)));
      if (watch) await repeatedly(tool.terminal, { look, separator: separatorOf(output) });
      else tool.terminal.print(await look());
    });
  return withExamples(command, [
    ['sriov discover', 'all cards, and who has their VFs'],
    ['sriov discover -o wide', 'with every setting, NUMA node and IOMMU group'],
    [`sriov discover -o json | jq -r '.vfs[] | select(.holder == null) | .address'`, 'addresses of free VFs'],
  ]);
}

/** Who has which VF is not for everybody to know; the rest is. */
function asAnybody({ records, terminal, ...tool }: Tool): Pick<Tool, 'places' | 'runChild' | 'records'> {
  if (isRoot()) return { records, ...tool };
  const withoutHolders = () => {
    terminal.tell('warning: only root is told who has which VF\n');
    return [];
  };
  return { ...tool, records: () => records().catch(withoutHolders) };
}

export async function discover({
  places,
  runChild,
  records,
}: Pick<Tool, 'places' | 'runChild' | 'records'>): Promise<Found> {
  const nics = nicsOf(places.sys);
  const shown = new Map<string, readonly (ShownByPf | undefined)[]>();
  for (const nic of nics) if (nic.vfs?.addresses.length) shown.set(nic.address, await shownBy(nic, runChild));
  return foundIn({ nics, shown, records: await records() });
}

const TIMEOUT_MS = 10_000;

/** By name: a dump of all links asks every PF for all its VFs. */
async function shownBy({ links: [name], vfs }: Nic, run: Tool['runChild']) {
  if (name === undefined || !isPlainName(name)) return [];
  const input = `link show dev ${name}\n`;
  const { stdout } = await run({
    program: 'ip',
    args: ['-d', '-j', '-batch', '-'],
    input,
    timeoutMs: TIMEOUT_MS,
  });
  const [pf] = parseLinks(stdout);
  return (vfs?.addresses ?? []).map((_, index) => pf && shownOf(pf, index));
}

function view(terminal: Terminal, format: Format, found: Found): string {
  return show(format, { value: found, text: (isWide) => textOf(terminal, found, isWide) });
}

function textOf(terminal: Terminal, { nics, vfs }: Found, isWide: boolean): string {
  if (nics.length === 0) return 'No network card on the PCI bus.\n';
  const chosen = <Row>(columns: readonly Column<Row>[]) => columns.filter((one) => isWide || !one.isWide);
  const obstacles = nics.flatMap(({ address, obstacle }) => (obstacle ? [`${address}  ${obstacle}\n`] : []));
  const byAddress = new Map(nics.map((nic) => [nic.address as string, nic]));
  return [
    table(nics, chosen(NIC_COLUMNS), terminal),
    ...(vfs.length > 0 ? [table(vfs, chosen(vfColumns(byAddress)), terminal)] : []),
    ...(obstacles.length > 0 ? [`Without VFs:\n${obstacles.join('')}`] : []),
  ].join('\n');
}

const gbits = (mbits: number) => (mbits >= 1000 ? `${mbits / 1000} Gbit/s` : `${mbits} Mbit/s`);

function stateOf({ isUp, hasCarrier, speed }: FoundNic): string | undefined {
  if (isUp === undefined) return undefined;
  if (!isUp) return 'down';
  return hasCarrier ? ['up', ...(speed ? [gbits(speed)] : [])].join(', ') : 'no carrier';
}

const NIC_COLUMNS: readonly Column<FoundNic>[] = [
  { title: 'NIC', of: ({ address }) => address },
  { title: 'LINK', of: ({ links }) => links.join(',') || undefined },
  { title: 'DRIVER', of: ({ driver }) => driver },
  { title: 'ID', of: ({ id }) => id, isWide: true },
  { title: 'NUMA', of: ({ numaNode }) => numaNode, isWide: true },
  {
    title: 'STATE',
    of: stateOf,
    toneOf: ({ isUp, hasCarrier }) => (isUp && hasCarrier ? 'good' : 'doubtful'),
  },
  { title: 'MTU', of: ({ mtu }) => mtu },
  { title: 'VFS', of: ({ vfs }) => vfs && `${vfs.made} of ${vfs.possible}` },
];

const settingWords = ({ spoofchk, trust, linkState, minTxRate, maxTxRate }: ShownByPf) =>
  [
    spoofchk === 'off' && 'spoofchk off',
    trust === 'on' && 'trusted',
    linkState && linkState !== 'auto' && `link ${linkState}`,
    minTxRate && `at least ${minTxRate} Mbit/s`,
    maxTxRate && `at most ${maxTxRate} Mbit/s`,
  ]
    .filter(Boolean)
    .join(', ');

const heldText = ({ holder }: FoundVf) =>
  holder && `${holderText(holder)} ${holder.interface} (${holder.network})`;

const vfColumns = (nics: ReadonlyMap<string, FoundNic>): readonly Column<FoundVf>[] => [
  { title: 'VF', of: ({ address }) => address },
  { title: 'OF', of: ({ pf, index }) => `${nics.get(pf)?.links[0] ?? pf} ${index}` },
  { title: 'DRIVER', of: ({ driver }) => driver },
  { title: 'IOMMU', of: ({ iommuGroup }) => iommuGroup, isWide: true },
  { title: 'LINK', of: ({ link }) => link },
  { title: 'MAC', of: ({ settings }) => settings?.mac },
  {
    title: 'VLAN',
    of: ({ settings }) => settings && (settings.vlan.id ? vlanText(settings.vlan) : undefined),
  },
  { title: 'SETTINGS', of: ({ settings }) => settings && settingWords(settings), isWide: true },
  {
    title: 'HELD BY',
    of: heldText,
    toneOf: ({ isUnfinished }) => (isUnfinished ? 'doubtful' : undefined),
  },
  { title: 'NETNS', of: ({ holder }) => holder?.netns, isWide: true },
];
