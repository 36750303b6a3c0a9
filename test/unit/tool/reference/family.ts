/** A command line that has one of everything. */
import { Argument, Command, Option } from 'commander';
import { withExamples } from '../../../../src/tool/help.ts';

export function familyOfCommands(): Command {
  const release = new Command('release')
    .summary('release one')
    .description(`Releases one.\n\n.It isn't "undone" - \\never.`)
    .addArgument(new Argument('<device>', 'which VF'))
    .addOption(
      new Option('-o, --output <format>', 'how to show it').choices(['table', 'json']).default('table'),
    )
    .option('--device <address>', 'another VF')
    .option('--to <dir>', 'where to')
    .option('--number <n>', 'how many');
  const list = new Command('list')
    .summary('all of them')
    .option('--network <name>', 'only those of this network');
  const run = new Command('run')
    .summary(`what a runtime's call does: ADD or DEL`)
    .description('Runs.')
    .addArgument(new Argument('<verb>', 'what to do').choices(['ADD', 'DEL']))
    .addArgument(new Argument('[file...]', 'configurations'))
    .option('-n, --netns <netns>', 'which namespace');
  return new Command('sriov')
    .description('Everything.')
    .version('1.2.3')
    .addCommand(
      new Command('pods')
        .summary('show pods')
        .description('Shows pods.')
        .addCommand(release)
        .addCommand(list, { isDefault: true }),
    )
    .addCommand(withExamples(run, [[`sriov run ADD -n 'pod 1'`, 'attach']]));
}
