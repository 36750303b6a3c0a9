import { Argument, Command, Option } from 'commander';
import { expect, test } from 'vitest';
import { withExamples } from '../../../../src/tool/help.ts';
import { defaultOf, everyCommand, ownOptionsOf, referenceOf } from '../../../../src/tool/reference.ts';
import { familyOfCommands } from './family.ts';

const reference = referenceOf(familyOfCommands());

test('every command is found, each before those inside it', () => {
  expect(everyCommand(reference).map(({ path }) => path)).toEqual([
    'sriov',
    'sriov pods',
    'sriov pods release',
    'sriov pods list',
    'sriov run',
  ]);
});

test('what is hidden is not told, and neither is the command that commander adds by itself', () => {
  const program = new Command('sriov').addCommand(new Command('secret'), { hidden: true });
  program.command('shown').addOption(new Option('--secret').hideHelp());
  const [, shown] = everyCommand(referenceOf(program));
  expect(everyCommand(referenceOf(program))).toHaveLength(2);
  expect(shown?.options.map(({ flags }) => flags)).toEqual(['-h, --help']);
});

test('an option has its names, its value, and what help says of it', () => {
  const [output, device] = ownOptionsOf(reference.commands[0]?.commands[0] ?? reference);
  expect(output).toEqual({
    flags: '-o, --output <format>',
    names: ['-o', '--output'],
    description: 'how to show it (choices: "table", "json", default: "table")',
    value: { placeholder: 'format', choices: ['table', 'json'] },
  });
  expect(device).toMatchObject({
    names: ['--device'],
    value: { placeholder: 'address', choices: [] },
  });
});

test('the command that is meant if none is named is known', () => {
  expect(reference.commands.map((command) => defaultOf(command)?.path)).toEqual([
    'sriov pods list',
    undefined,
  ]);
});

test('an option without a value has none', () => {
  const command = new Command('watch').option('-w, --watch', 'again');
  expect(referenceOf(command).options[0]).not.toHaveProperty('value');
});

test('arguments, usage and examples are those of the command', () => {
  const command = new Command('run').addArgument(new Argument('<verb>', 'what').choices(['ADD', 'DEL']));
  withExamples(command, [['sriov run ADD', 'attach']]);
  expect(referenceOf(command, ['sriov'])).toMatchObject({
    path: 'sriov run',
    usage: 'run [options] <verb>',
    arguments: [{ placeholder: 'verb', choices: ['ADD', 'DEL'] }],
    examples: [['sriov run ADD', 'attach']],
  });
});
