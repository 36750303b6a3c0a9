import { Argument, Command } from 'commander';
import { FAULTS } from '../../../schemas/fault.ts';
import {
  containerIdOption,
  deviceOption,
  fileOption,
  ifNameOption,
  WHERE_VFS_ARE,
} from '../attachment-options.ts';
import { withExamples } from '../help.ts';
import { toned } from '../terminal.ts';
import { EXIT_CODES, type Tool } from '../tool.ts';
import { COMMAND_NAMES, type CommandName, type Options, type Outcome, perform } from './perform.ts';

export function runCommand(tool: Tool): Command {
  const command = new Command('run')
    .summary('start the plugin as a runtime does, for a network namespace')
    .description(
      `Starts the plugin as a runtime does, and shows its result, its log and its time. The result of ADD is kept in /run/sriov until DEL, and handed to CHECK and DEL, as a runtime does it. Ctrl-C does not reach the plugin: it finishes what it has begun.`,
    )
    .addArgument(new Argument('<command>', 'what to do').choices(COMMAND_NAMES))
    .addOption(fileOption().makeOptionMandatory())
    .requiredOption('-n, --netns <name>', 'network namespace, by name (ip netns) or path')
    .addOption(ifNameOption())
    .addOption(deviceOption())
    .addOption(containerIdOption())
    .option('--args <text>', 'CNI_ARGS, such as MAC=02:00:00:00:00:01')
    .option('--cni-path <dirs>', 'CNI_PATH, where other IPAM plugins are', '/opt/cni/bin')
    .action(async (name: CommandName, options: Options) => {
      const outcome = await perform(name, options, tool);
      tell(tool, name, outcome);
      outcome.settle();
    });
  return withExamples(command, [
    [
      'ip netns add pod1; sriov run ADD -f net.json --netns pod1 --device 0000:01:10.0',
      'attach a VF by hand',
    ],
    ['sriov run CHECK -f net.json --netns pod1 --device 0000:01:10.0', 'is it as ADD left it?'],
    ['sriov run DEL -f net.json --netns pod1', 'put everything back'],
  ]);
}

/** The log has gone to standard error already, as it came. */
function tell({ terminal, endWith }: Tool, name: CommandName, { code, stdout, ms }: Outcome): void {
  const isDone = code === 0;
  if (stdout !== '') terminal.print(`${stdout}\n`);
  if (!isDone) endWith(EXIT_CODES.failed);
  const verdict = isDone ? toned(terminal, 'good', 'succeeded') : toned(terminal, 'bad', 'failed');
  terminal.tell(`${name} ${verdict} after ${Math.round(ms)} ms\n`);
  if (!isDone && isUnfit(stdout)) terminal.tell(`${WHERE_VFS_ARE}.\n`);
}

/** One that crashed has answered nothing. */
const isUnfit = (answer: string) => new RegExp(`"code": *${FAULTS['device-unfit'].code}\\b`).test(answer);
