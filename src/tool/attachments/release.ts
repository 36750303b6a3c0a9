import { Command } from 'commander';
import { CniError } from '../../../schemas/fault.ts';
import type { AttachmentRecord } from '../../../schemas/record.ts';
import type { World } from '../../attachment/ports.ts';
import { withExamples } from '../help.ts';
import { holderOf, holderText } from '../holder.ts';
import { inTurn } from '../in-turn.ts';
import { onTheNode } from '../on-the-node.ts';
import { foretold, type Surroundings, surroundingsOf } from '../rehearsal/foretold.ts';
import { plain } from '../terminal.ts';
import { logTo } from '../terminal-log.ts';
import type { Tool } from '../tool.ts';
import { chosen } from './chosen.ts';
import { type Life, lifeOf } from './life.ts';
import { isInSight } from './lives.ts';
import { endForCertain, recordedNow } from './recorded-now.ts';
import { refusalOf } from './releasable.ts';

type Options = { readonly yes?: true; readonly force?: true };

export function releaseCommand(tool: Tool): Command {
  const command = new Command('release')
    .summary('end an attachment that its runtime forgot')
    .description(
      'Ends attachments as their runtime would have: by a DEL, which restores the VF, releases the addresses and removes the record. Shows what it would do; does it with --yes. ' +
        'Ctrl-C does not reach the DEL; one that is killed nevertheless is completed by the next. IPAM plugins are looked for in CNI_PATH, or beside this executable. Run it on the node itself: in a container, the namespaces of pods look gone.',
    )
    .argument('<which>', 'the address of the VF, or the container: its id, or how it begins')
    .option('--yes', 'do it')
    .option('--force', 'also if it lives: its pod loses the interface')
    .action(async (which: string, options: Options) => {
      const world = tool.world(logTo(tool.terminal));
      const records = chosen(await onTheNode(tool).records(), which);
      const doomed = [];
      for (const record of records) doomed.push(await mustBeReleasable(record, world, options));
      if (options.yes)
        return inTurn(
          doomed.map(
            ({ record }) =>
              () =>
                end(record, tool, options),
          ),
        );
      const surroundings = surroundingsOf(tool);
      for (const one of doomed) tool.terminal.print(await foretoldText(one, surroundings));
      tool.terminal.print('Nothing was changed. --yes does it.\n');
    });
  return withExamples(command, [
    ['sriov attachments release 0000:01:10.0', 'what would be done'],
    ['sriov attachments release 0000:01:10.0 --yes', 'do it'],
    ['sriov attachments release 4f5d2c8a91be --yes', 'all attachments of a container'],
  ]);
}

type Doomed = { readonly record: AttachmentRecord; readonly life: Life };

async function mustBeReleasable(listed: AttachmentRecord, world: World, { force }: Options): Promise<Doomed> {
  const { record, life } = await settled(listed, world);
  const refusal = force ? undefined : refusalOf(record, life);
  if (refusal) throw new CniError('device-in-use', refusal);
  return { record, life };
}

/** An unfinished one may be an ADD that is at work: it has the lock, and who has that after it sees what became of it. */
async function settled(listed: AttachmentRecord, world: World): Promise<Doomed> {
  const life = await lifeOf(listed, world, isInSight);
  if (life.state !== 'unfinished') return { record: listed, life };
  return world.withLock(listed.device, async () => {
    const now = (await world.records.ofDevice(listed.device)) ?? listed;
    return { record: now, life: await lifeOf(now, world, isInSight) };
  });
}

async function foretoldText({ record, life }: Doomed, surroundings: Surroundings): Promise<string> {
  const steps = await foretold(record, surroundings);
  return `${headOf(record, life)} Releasing it would\n${steps.map((one) => `  ${plain(one)}\n`).join('')}`;
}

function headOf(record: AttachmentRecord, { state, why }: Life): string {
  const { container, network, interface: name } = holderOf(record);
  const whose = `${holderText(holderOf(record))}, ${name} of network ${network}`;
  return plain(`${record.device} (${whose}, container ${container}) is ${state}${why ? `: ${why}` : ''}.`);
}

/** Others may have taken long to end, and its container may have been started anew meanwhile. */
async function end(listed: AttachmentRecord, tool: Tool, options: Options): Promise<void> {
  const { print } = tool.terminal;
  const record = await recordedNow(listed, tool);
  if (!record) return print(`${listed.device} is released: its attachment has ended meanwhile.\n`);
  await mustBeReleasable(record, tool.world(logTo(tool.terminal)), options);
  await endForCertain(record, tool);
  print(`${record.device} is released.\n`);
}
