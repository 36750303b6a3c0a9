import type { Command } from 'commander';

/** A command line, and what it is for. */
export type Example = readonly [line: string, meaning: string];

/** Shown below the help of a command. */
export function withExamples(command: Command, examples: readonly Example[]): Command {
  const lines = examples.map(([line, meaning]) => `  # ${meaning}\n  ${line}`);
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}
