import { Command, Option } from 'commander';
import { withExamples } from '../help.ts';
import type { Tool } from '../tool.ts';
import { DEFAULT_DIRECTORY, DEFAULT_NAME, parseDirectory, parseName, placeOf } from './place.ts';
import { removeBy } from './removal.ts';
import { rollBackBy } from './roll-back.ts';
import { installBy } from './session.ts';

type Options = {
  readonly to: string;
  readonly name: string;
  readonly hostLocal?: true;
  readonly watch?: true;
  readonly rollBack?: true;
  readonly force?: true;
};

const toOption = () =>
  new Option('--to <directory>', 'where the runtime looks for plugins')
    .default(DEFAULT_DIRECTORY)
    .argParser(parseDirectory);

const nameOption = () =>
  new Option('--name <name>', 'the "type" by which networks ask for it')
    .default(DEFAULT_NAME)
    .argParser(parseName);

export function installCommand(tool: Tool): Command {
  const command = new Command('install')
    .summary('put this executable where runtimes look for plugins')
    .description(
      'Copies this executable into the directory of plugins, tries the copy out, and gives it its name in one step: pods may start meanwhile. What had the name before is kept beside it.',
    )
    .addOption(toOption())
    .addOption(nameOption())
    .option('--host-local', 'also make host-local a link to it, so that other plugins use its address store')
    .option('-w, --watch', 'stay, and install it again when somebody removes or changes it')
    .addOption(
      new Option('--roll-back', 'exchange what is installed with what was there before').conflicts([
        'hostLocal',
        'watch',
      ]),
    )
    .option('--force', 'with --roll-back: to another plugin also while attachments are recorded')
    .action(({ to, name, ...options }: Options) => {
      if (options.rollBack) return rollBackBy(tool, placeOf(to, name), options);
      if (options.force) command.error('error: --force is for --roll-back');
      return installBy(tool, placeOf(to, name), options);
    });
  return withExamples(command, [
    ['sriov install', `as ${DEFAULT_DIRECTORY}/${DEFAULT_NAME}`],
    ['sriov install --to /usr/lib/cni --host-local', 'elsewhere, and as host-local, too'],
    ['sriov install --roll-back', 'what was there before comes back'],
    ['sriov install --to /host/opt/cni/bin --watch', 'in a container that has the directory of the node'],
  ]);
}

export function uninstallCommand(tool: Tool): Command {
  const command = new Command('uninstall')
    .summary('take this plugin away from where runtimes look for it')
    .description(
      'Removes the executable, and the link host-local if it leads to it. Another program that had the name before comes back. Refuses while attachments are recorded, or addresses are reserved by way of the link: their pods could not be ended properly.',
    )
    .addOption(toOption())
    .addOption(nameOption())
    .option(
      '--force',
      'also while attachments are recorded, whose VFs stay as they are, or addresses are reserved',
    )
    .action(({ to, name, ...options }: Options) => removeBy(tool, placeOf(to, name), options));
  return withExamples(command, [
    ['sriov attachments', 'which pods have to end first'],
    ['sriov uninstall', `from ${DEFAULT_DIRECTORY}`],
  ]);
}
