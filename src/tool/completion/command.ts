import { Argument, Command } from 'commander';
import { withExamples } from '../help.ts';
import { referenceOf } from '../reference.ts';
import type { Tool } from '../tool.ts';
import { bashScript } from './for-bash.ts';
import { fishScript } from './for-fish.ts';
import { zshScript } from './for-zsh.ts';
import { type CommandOffers, offersOf } from './offers.ts';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const satisfies Readonly<
  Record<string, (commands: readonly CommandOffers[]) => string>
>;

type Shell = keyof typeof SCRIPTS;

export function completionCommand({ terminal }: Tool): Command {
  const command = new Command('completion')
    .summary('print the script that completes words in a shell')
    .description(
      'Prints a script for a shell. Once the shell has read it, the key TAB completes commands, options, their values, and the addresses of VFs.',
    )
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(SCRIPTS)))
    .action((name: Shell, _, { parent }: Command) => {
      if (parent) terminal.print(SCRIPTS[name](offersOf(referenceOf(parent))));
    });
  return withExamples(command, [
    ['source <(sriov completion bash)', 'for this bash'],
    [
      'sriov completion bash > /etc/bash_completion.d/sriov',
      'for every bash, where the package bash-completion is there',
    ],
    [`sriov completion zsh > "\${fpath[1]}/_sriov"`, 'for every zsh of this user'],
    ['sriov completion fish > ~/.config/fish/completions/sriov.fish', 'for every fish of this user'],
  ]);
}
