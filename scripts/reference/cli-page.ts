/** docs/cli.md. */
import { EXITS } from '../../src/tool/help.ts';
import { defaultOf, everyCommand, ownOptionsOf, type Reference } from '../../src/tool/reference.ts';
import { FILES, VARIABLES } from './surroundings.ts';

const NOT_RUN = '<!-- run: no, because each command has tests of its own -->';

export function cliPageOf(program: Reference): string {
  const [, ...commands] = everyCommand(program);
  return `# The command-line tool

<!-- made by \`npm run generate\` from src/tool -->

${program.description}

Container runtimes start it without arguments. With arguments it is the tool of this page. \`man -l docs/sriov.1\` shows the same, and \`--help\` at
each command. The lines of this page want \`sriov\` in PATH: \`export PATH=$PATH:/opt/cni/bin\`. Some pipe into \`jq\`, a package of that name.

${rows(
  ['command', 'what it does'],
  commands.map(({ path, summary }) => [`[${code(path)}](#${anchorOf(path)})`, summary]),
)}

## Every command

${optionRows(program)}

| exit code | meaning |
| --- | --- |
${EXITS.map((exit) => `| ${exit.code} | ${exit.meaning} |`).join('\n')}

${rows(
  ['environment variable', 'meaning'],
  VARIABLES.map(([name, meaning]) => [code(name), meaning]),
)}

${rows(
  ['path', 'what the tool finds there'],
  FILES.map(([path, meaning]) => [code(path), meaning]),
)}

${commands.map(section).join('\n\n')}
`;
}

function section(command: Reference): string {
  const { path, usage, description, examples } = command;
  const lines = examples.map(([line, meaning]) => `# ${meaning}\n${line}`);
  return [
    `## ${path}`,
    description,
    ...defaultNote(command),
    `\`\`\`\n${usage}\n\`\`\``,
    ...(command.arguments.length > 0 ? [argumentRows(command)] : []),
    ...(ownOptionsOf(command).length > 0 ? [optionRows({ options: ownOptionsOf(command) })] : []),
    ...(lines.length > 0 ? [`${NOT_RUN}\n\`\`\`sh\n${lines.join('\n')}\n\`\`\``] : []),
  ].join('\n\n');
}

const defaultNote = (command: Reference) => {
  const meant = defaultOf(command);
  return meant
    ? [`Without a further word it is [${code(meant.path)}](#${anchorOf(meant.path)}), with its options.`]
    : [];
};

const argumentRows = (command: Reference) =>
  rows(
    ['argument', 'meaning'],
    command.arguments.map(({ placeholder, description }) => [code(placeholder), description]),
  );

const optionRows = ({ options }: Pick<Reference, 'options'>) =>
  rows(
    ['option', 'meaning'],
    options.map(({ flags, description }) => [code(flags), description]),
  );

const code = (text: string) => `\`${text}\``;

const anchorOf = (path: string) => path.replaceAll(' ', '-');

function rows(titles: readonly string[], lines: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [row(titles), row(titles.map(() => '---')), ...lines.map(row)].join('\n');
}
