/** What a shell may offer at each place of a command line. */
import {
  defaultOf,
  everyCommand,
  type Reference,
  type ReferenceOption,
  type ReferenceValue,
} from '../reference.ts';

/** Where the words come from: those of the command line itself, or what this machine has. */
export type Offer =
  | { readonly from: 'words'; readonly words: readonly string[] }
  | { readonly from: 'files' | 'devices' | 'namespaces' | 'networks' | 'nothing' };

type Described = { readonly names: readonly string[]; readonly description: string };

export type CommandOffers = {
  readonly path: string;
  readonly commands: readonly Described[];
  readonly options: readonly (Described & { readonly value?: Offer })[];
  readonly operands: readonly Offer[];
};

export function offersOf(program: Reference): CommandOffers[] {
  return everyCommand(program).map((command) => {
    const meant = defaultOf(command);
    const taken = meant ? [command, meant] : [command];
    const options = new Map(taken.flatMap((one) => one.options.map((option) => [option.flags, option])));
    return {
      path: command.path,
      commands: command.commands.map(({ name, summary }) => ({ names: [name], description: summary })),
      options: [...options.values()].map(optionOf),
      operands: taken
        .flatMap((one) => one.arguments.map((value) => offerOf(value, value.placeholder)))
        .filter(({ from }) => from !== 'nothing'),
    };
  });
}

function optionOf({ names, description, value }: ReferenceOption) {
  const [word = ''] = names.slice(-1);
  return { names, description, ...(value && { value: offerOf(value, word.replace(/^-+/, '')) }) };
}

/** The name of an option, or the placeholder of a value, tells what it is, to the reader and to the shell alike. */
const BY_NAME: Readonly<Record<string, Exclude<Offer['from'], 'words'>>> = {
  file: 'files',
  path: 'files',
  dir: 'files',
  directory: 'files',
  device: 'devices',
  vf: 'devices',
  which: 'devices',
  netns: 'namespaces',
  network: 'networks',
};

function offerOf({ placeholder, choices }: ReferenceValue, name: string): Offer {
  if (choices.length > 0) return { from: 'words', words: choices };
  return { from: BY_NAME[name.toLowerCase()] ?? BY_NAME[placeholder.toLowerCase()] ?? 'nothing' };
}

/** A word of a script, in a way that every shell takes as it is. */
export const quoted = (word: string) =>
  /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** Files whose names are the words, as a pattern of the shell. */
export const PLACES = {
  devices: '/sys/bus/pci/devices/*/physfn',
  namespaces: '/run/netns/*',
  networks: '/var/lib/cni/networks/*',
} as const;
