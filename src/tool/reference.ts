/** What the command line offers, as one tree: shell completion, the man page and docs/cli.md are written from it. */
import type { Argument, Command, Help, Option } from 'commander';
import { type Example, examplesOf } from './help.ts';

export type ReferenceValue = {
  /** As the help shows it: `file` of `--file <file>`. */
  readonly placeholder: string;
  /** Empty if it may be anything. */
  readonly choices: readonly string[];
};

export type ReferenceOption = {
  /** `-o, --output <format>`. */
  readonly flags: string;
  /** `-o` and `--output`. */
  readonly names: readonly string[];
  readonly description: string;
  readonly value?: ReferenceValue;
};

type ReferenceArgument = ReferenceValue & { readonly description: string };

export type Reference = {
  /** `sriov attachments show`. */
  readonly path: string;
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  readonly description: string;
  readonly options: readonly ReferenceOption[];
  readonly arguments: readonly ReferenceArgument[];
  readonly examples: readonly Example[];
  readonly commands: readonly Reference[];
  /** Of the command inside that is meant if none is named. */
  readonly defaultName?: string;
};

export function referenceOf(command: Command, parents: readonly string[] = []): Reference {
  const help = command.createHelp();
  const defaultName = defaultNameOf(command);
  const words = [...parents, command.name()];
  return {
    path: words.join(' '),
    name: command.name(),
    usage: help.commandUsage(command),
    summary: help.subcommandDescription(command),
    description: help.commandDescription(command),
    options: help.visibleOptions(command).map((option) => optionOf(option, help)),
    arguments: command.registeredArguments.map((argument) => argumentOf(argument, help)),
    examples: examplesOf(command),
    commands: visibleCommands(command, help).map((child) => referenceOf(child, words)),
    ...(defaultName && { defaultName }),
  };
}

/** Commander keeps it, and shows it to nobody. */
const defaultNameOf = (command: Command) =>
  (command as unknown as { readonly _defaultCommandName?: string | null })._defaultCommandName ?? undefined;

export const defaultOf = ({ commands, defaultName }: Reference) =>
  commands.find(({ name }) => name === defaultName);

/** Each command before those inside it. */
export function everyCommand(reference: Reference): Reference[] {
  return [reference, ...reference.commands.flatMap(everyCommand)];
}

/** Every command has `--help`. */
export const ownOptionsOf = ({ options }: Reference) =>
  options.filter(({ names }) => !names.includes('--help'));

/** Without `help`, which commander adds by itself: `--help` tells the same. */
const visibleCommands = (command: Command, help: Help) =>
  help.visibleCommands(command).filter((child) => command.commands.includes(child));

const PLACEHOLDER = /[<[]([^>\].]+)/;

function optionOf(option: Option, help: Help): ReferenceOption {
  const { flags, short, long, argChoices = [] } = option;
  const placeholder = PLACEHOLDER.exec(flags)?.[1];
  return {
    flags,
    names: [short, long].filter((name) => name !== undefined),
    description: help.optionDescription(option),
    ...(placeholder && { value: { placeholder, choices: argChoices } }),
  };
}

function argumentOf(argument: Argument, help: Help): ReferenceArgument {
  return {
    placeholder: argument.name(),
    choices: argument.argChoices ?? [],
    description: help.argumentDescription(argument),
  };
}
