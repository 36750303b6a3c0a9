import { Command } from 'commander';
import type { World } from '../../attachment/ports.ts';
import { damagedRecords } from '../damaged-records.ts';
import { withExamples } from '../help.ts';
import { holderText } from '../holder.ts';
import { type Format, formatOption, show } from '../output.ts';
import { type Column, table } from '../table.ts';
import { logTo } from '../terminal-log.ts';
import { EXIT_CODES, type Tool } from '../tool.ts';
import { type Attached, attachedOf } from './attached.ts';
import { chosenOrAll } from './chosen.ts';
import { differingIn, NOT_CHECKED } from './differing.ts';
import { insideOf } from './inside.ts';
import { type Lived, livesOf } from './lives.ts';

type Row = Attached & { readonly differences: readonly string[] };

export function checkCommand(tool: Tool): Command {
  const command = new Command('check')
    .summary('what differs from what is recorded')
    .description(
      `Compares each attachment with its record: whether its namespace lives, the VF is in it under its name, and has the addresses, which the store holds for it. Changes nothing; exit code ${EXIT_CODES.found} if anything differs, or if a record cannot be read. ${NOT_CHECKED}`,
    )
    .argument('[which...]', 'VFs, containers or pods (NAMESPACE/NAME); default: all')
    .addOption(formatOption())
    .action(async (which: readonly string[], { output }: { readonly output: Format }) => {
      const all = await tool.records();
      const records = chosenOrAll(all, which);
      const rows = await rowsOf(await livesOf(records, tool), tool.world(logTo(tool.terminal)));
      tool.terminal.print(show(output, { value: rows, text: () => textOf(tool, rows) }));
      const { inPlace } = damagedRecords(tool.places.stateDir, all);
      if (inPlace.length > 0 || rows.some(({ differences }) => differences.length > 0))
        tool.endWith(EXIT_CODES.found);
    });
  return withExamples(command, [
    ['sriov attachments check', 'all attachments of this machine'],
    ['sriov attachments check default/web || echo differs', 'one pod, for a script'],
  ]);
}

async function rowsOf(lived: readonly Lived[], world: World): Promise<Row[]> {
  const rows: Row[] = [];
  for (const one of lived) rows.push(await rowOf(one, world));
  return rows;
}

async function rowOf({ record, life }: Lived, world: World): Promise<Row> {
  const { attachment, device, addresses } = record;
  const inside = life.state === 'living' ? await insideOf(record, world) : undefined;
  const missing =
    addresses.held.length > 0
      ? await world.addresses.missing(attachment, addresses.dataDir, addresses.held)
      : [];
  const isVf = world.host.findDevice(device).is === 'vf';
  const differences = differingIn(record, { life, isVf, missing, ...(inside && { inside }) });
  return { ...attachedOf(record, life), differences };
}

function textOf({ terminal }: Tool, rows: readonly Row[]): string {
  if (rows.length === 0) return 'Nothing is attached.\n';
  return `${table(rows, COLUMNS, terminal)}\n${NOT_CHECKED}\n`;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'VF', of: ({ device }) => device },
  { title: 'HELD BY', of: holderText },
  { title: 'INTERFACE', of: (row) => row.interface },
  {
    title: 'DIFFERENCES',
    of: ({ differences }) => differences.join('; ') || 'none',
    toneOf: ({ differences }) => (differences.length > 0 ? 'bad' : 'good'),
  },
];
