/** docs/sriov.1, in the macros of man(7). */
import { EXITS, type Example } from '../../src/tool/help.ts';
import { defaultOf, everyCommand, ownOptionsOf, type Reference } from '../../src/tool/reference.ts';
import { FILES, VARIABLES } from './surroundings.ts';

export function manPageOf(program: Reference, version: string): string {
  const [, ...commands] = everyCommand(program);
  const lines = [
    '.\\" made by `npm run generate` from src/tool',
    `.TH SRIOV 1 "" "sriov ${roff(version)}" "User Commands"`,
    '.SH NAME',
    'sriov \\- SR-IOV for pods: a CNI plugin, and its command-line tool',
    '.SH SYNOPSIS',
    ...commands.flatMap(({ usage }, index) => [...(index > 0 ? ['.br'] : []), bold(usage)]),
    '.SH DESCRIPTION',
    ...paragraphs(program.description),
    '.PP',
    'Container runtimes start it without arguments, and tell it by environment and standard input what to do.',
    '.SH OPTIONS',
    ...program.options.flatMap(optionLines),
    '.SH COMMANDS',
    ...commands.flatMap(commandLines),
    '.SH EXIT STATUS',
    ...EXITS.flatMap(({ code, meaning }) => term(`${code}`, meaning)),
    '.SH ENVIRONMENT',
    ...VARIABLES.flatMap(([name, meaning]) => term(name, meaning)),
    '.SH FILES',
    ...FILES.flatMap(([path, meaning]) => term(path, meaning)),
    '.SH EXAMPLES',
    ...program.examples.flatMap(exampleLines),
    '.SH SEE ALSO',
    '.BR ip\\-link (8),',
    '.BR nsenter (1)',
  ];
  return `${lines.join('\n')}\n`;
}

function commandLines(command: Reference): string[] {
  const { path, usage, description, examples } = command;
  return [
    `.SS ${roff(path)}`,
    bold(usage),
    '.PP',
    ...paragraphs(description),
    ...defaultNote(command),
    ...command.arguments.flatMap((argument) => term(argument.placeholder, argument.description)),
    ...ownOptionsOf(command).flatMap(optionLines),
    ...examples.flatMap(exampleLines),
  ];
}

function defaultNote(command: Reference): string[] {
  const meant = defaultOf(command);
  return meant
    ? ['.PP', 'Without a further word it is', `.BR "${roff(meant.path)}" ,`, 'with its options.']
    : [];
}

const optionLines = ({ flags, description }: Reference['options'][number]) => term(flags, description);

const term = (what: string, meaning: string) => ['.TP', bold(what), line(meaning)];

function exampleLines([command, meaning]: Example): string[] {
  return ['.PP', line(`${meaning}:`), '.PP', '.RS 4', '.nf', ...command.split('\n').map(line), '.fi', '.RE'];
}

const paragraphs = (text: string) =>
  text
    .split(/\n{2,}/)
    .flatMap((one, index) => [...(index > 0 ? ['.PP'] : []), line(one.replaceAll('\n', ' '))]);

const bold = (text: string) => `.B "${roff(text).replaceAll('"', '\\(dq')}"`;

/** A dot or a quote at the start of a line would be a request to the formatter. */
const line = (text: string) => roff(text).replace(/^(?=[.'])/, '\\&');

/** A plain hyphen, quote, caret, tilde or grave is set as another character than the one that a shell knows. */
const ROFF: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '-': '\\-',
  "'": '\\(aq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
};

const roff = (text: string) => text.replace(/[\\\-'`^~]/g, (one) => ROFF[one] ?? one);
