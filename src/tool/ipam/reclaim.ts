import { Command } from 'commander';
import type { AttachmentRecord } from '../../../schemas/record.ts';
import { isOver } from '../attachments/life.ts';
import { livesOf } from '../attachments/lives.ts';
import { endForCertain, recordedNow } from '../attachments/recorded-now.ts';
import { counted } from '../doctor/finding.ts';
import { withExamples } from '../help.ts';
import { inTurn } from '../in-turn.ts';
import { onTheNode } from '../on-the-node.ts';
import { plain } from '../terminal.ts';
import type { Tool } from '../tool.ts';
import { freeAll, type Place } from './freeing.ts';
import type { Judged, ReservationState } from './judged.ts';
import { withStoreOptions } from './options.ts';
import { type Surveyed, surveyOf, type Wanted } from './survey.ts';

export function reclaimCommand(tool: Tool): Command {
  const command = withStoreOptions(new Command('reclaim'))
    .summary('free what certainly nobody uses')
    .description(
      'Ends attachments whose pod is gone (by a DEL, which restores their VF, too), and frees what they hold. Addresses that have no record and that no namespace has are freed with --only-ours: without it they may be of another plugin, such as that of a virtual machine, and are left alone. Shows what it would do; does it with --yes. ' +
        'Ctrl-C does no harm: what was not freed yet is freed next time. Run it on the node itself: in a container, the namespaces of pods look gone.',
    )
    .argument('[network]', 'default: all')
    .option('--yes', 'do it')
    .action(async (network: string | undefined, { yes, ...wanted }: Wanted & { readonly yes?: true }) => {
      const { print } = tool.terminal;
      const { networks } = await surveyOf(onTheNode(tool), wanted, network);
      const tasks = networks.map(taskOf).filter(isAnything);
      const left = leftText(networks);
      if (tasks.length === 0) return print(`Nothing is stale.\n${left}`);
      if (!yes) return print(`${tasks.map(foretold).join('')}${left}Nothing was changed. --yes does it.\n`);
      await reclaim(tasks, wanted.dataDir, tool);
      print(left);
    });
  return withExamples(command, [
    ['sriov ipam reclaim', 'what would be freed, in all networks'],
    ['sriov ipam reclaim sriov-network --yes', 'do it in one network'],
    [
      'sriov ipam reclaim sriov-network --only-ours',
      'also what has no record, where only sriov uses the network',
    ],
  ]);
}

type Task = {
  readonly network: string;
  /** To be ended, with what they hold. */
  readonly dead: readonly AttachmentRecord[];
  readonly loose: readonly Judged[];
  readonly judged: readonly Judged[];
};

function taskOf({ network, judged, lived }: Surveyed): Task {
  const reclaimable = judged.filter(({ isReclaimable }) => isReclaimable);
  const devices = new Set(reclaimable.map(({ device }) => device));
  const dead = lived.filter(({ record }) => devices.has(record.device)).map(({ record }) => record);
  return { network, dead, loose: reclaimable.filter(({ device }) => !device), judged: reclaimable };
}

const isAnything = ({ dead, loose }: Task) => dead.length + loose.length > 0;

function foretold({ network, judged }: Task): string {
  const lines = judged.map(({ address = 'a draft', why = '', device }) => {
    const also = device ? `; ends the attachment of ${device}` : '';
    return `  ${plain(`${address}: ${why}${also}`)}\n`;
  });
  return `Would free in network ${plain(network)}\n${lines.join('')}`;
}

/** Empty if nothing is doubtful. */
function leftText(surveys: readonly Surveyed[]): string {
  const all = surveys.flatMap(({ judged }) => judged);
  const left = all.filter(({ state, isReclaimable }) => DOUBTFUL.includes(state) && !isReclaimable);
  if (left.length === 0) return '';
  const count = counted(left.length, 'address is', 'addresses are');
  return `${count} left alone, since somebody may use what is not known to be stale: sriov ipam check tells why.\n`;
}

const DOUBTFUL: readonly ReservationState[] = ['unknown', 'damaged'];

function reclaim(tasks: readonly Task[], dataDir: string, tool: Tool): Promise<void> {
  const steps = tasks.flatMap(({ network, dead, loose }) => [
    ...dead.map((record) => () => endDead(record, tool)),
    ...(loose.length > 0 ? [() => freeLoose(loose, { network, dataDir }, tool)] : []),
  ]);
  return inTurn(steps);
}

async function freeLoose(loose: readonly Judged[], place: Place, { store, terminal }: Tool): Promise<void> {
  for (const address of await freeAll(store(), loose, place)) terminal.print(`${address} is free.\n`);
}

/** Others may take long to end, and a container may be started anew meanwhile, as podman does. */
async function endDead(listed: AttachmentRecord, tool: Tool): Promise<void> {
  const { print } = tool.terminal;
  const { device } = listed;
  const present = await recordedNow(listed, tool);
  for (const { record, life } of await livesOf(present ? [present] : [], tool)) {
    if (!isOver(life)) return print(`${device} is left alone: its attachment lives again.\n`);
    await endForCertain(record, tool);
    print(`${device} is released${record.addresses.held.map((one) => `, ${one} is free`).join('')}.\n`);
  }
}
