import type { Command } from 'commander';
import { EXIT_CODES, EXIT_MEANINGS } from './tool.ts';

/** A command line, and what it is for. */
export type Example = readonly [line: string, meaning: string];

const EXAMPLES = new WeakMap<Command, readonly Example[]>();

/** Shown below the help of a command, and in what is generated from it. */
export function withExamples(command: Command, examples: readonly Example[]): Command {
  EXAMPLES.set(command, examples);
  const lines = examples.map(([line, meaning]) => `  # ${meaning}\n  ${line}`);
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

export const examplesOf = (command: Command): readonly Example[] => EXAMPLES.get(command) ?? [];

type Exit = { readonly code: number; readonly meaning: string };

/** A shell's way to tell of a signal. */
const INTERRUPTED: Exit = {
  code: 130,
  meaning:
    'Ctrl-C ended it, which is how discover --watch ends. (143: SIGTERM did.) install --watch ends with 0.',
};

export const EXITS: readonly Exit[] = [
  ...Object.entries(EXIT_CODES).map(([name, code]) => ({
    code,
    meaning: EXIT_MEANINGS[name as keyof typeof EXIT_CODES],
  })),
  INTERRUPTED,
];

/** Shown below the help of the program: they are the same for every command. */
export function withExitCodes(program: Command): Command {
  const lines = EXITS.map(({ code, meaning }) => `  ${`${code}`.padEnd(3)}  ${meaning}`);
  return program.addHelpText('after', `\nExit codes:\n${lines.join('\n')}`);
}
