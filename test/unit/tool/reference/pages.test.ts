/** What is generated from the command line: docs/cli.md and docs/sriov.1. */
import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { cliPageOf } from '../../../../scripts/reference/cli-page.ts';
import { describedProgram } from '../../../../scripts/reference/described-program.ts';
import { manPageOf } from '../../../../scripts/reference/man-page.ts';
import { EXITS } from '../../../../src/tool/help.ts';
import { everyCommand, ownOptionsOf, referenceOf } from '../../../../src/tool/reference.ts';
import { familyOfCommands } from './family.ts';

const family = referenceOf(familyOfCommands());
const shipped = describedProgram();

/** As a reader sees it, without bold, 200 columns wide. */
async function formatted(page: string): Promise<string> {
  const { stdout, stderr } = await execa('groff', ['-man', '-ww', '-Tascii', '-P-cbou', '-rLL=200n'], {
    input: page,
  });
  expect(stderr).toBe('');
  return stdout;
}

const PAGES = [
  ['docs/cli.md', () => cliPageOf(shipped)],
  ['docs/sriov.1', () => formatted(manPageOf(shipped, '0.1.0'))],
] as const;

test.each(PAGES)('%s names every command, option, example and exit code', async (_, make) => {
  const text = await make();
  const wanted = everyCommand(shipped).flatMap((command) => [
    command.path,
    ...ownOptionsOf(command).map(({ flags }) => flags),
    ...command.examples.map(([line]) => line),
  ]);
  expect(wanted.length).toBeGreaterThan(10);
  expect([...wanted, ...EXITS.map(({ meaning }) => meaning)].filter((one) => !text.includes(one))).toEqual(
    [],
  );
});

test('every argument of the tool is told what it is', () => {
  const empty = everyCommand(shipped).flatMap((command) =>
    command.arguments.filter(({ description }) => description === '').map(() => command.path),
  );
  expect(empty).toEqual([]);
});

test('every command of the tool has an example', () => {
  const without = everyCommand(shipped).filter(({ examples }) => examples.length === 0);
  expect(without.map(({ path }) => path)).toEqual([]);
});

test('the man page shows a dot, quotes, a dash and a backslash as they are', async () => {
  const text = await formatted(manPageOf(family, '1.2.3'));
  expect(text).toContain(`.It isn't "undone" - \\never.`);
  expect(text).toContain(`sriov run ADD -n 'pod 1'`);
  expect(text).toContain('Without a further word it is sriov pods list, with its options.');
  expect(text).toMatch(
    /-o, --output <format>\n +how to show it \(choices: "table", "json", default: "table"\)/,
  );
});

test('the man page that is checked in has nothing that groff warns of', async () => {
  const page = readFileSync(`${import.meta.dirname}/../../../../docs/sriov.1`, 'utf8');
  expect(await formatted(page)).toContain('sriov discover [options]');
});

test('a bar in a table of docs/cli.md does not end its cell', () => {
  const command = { ...family, commands: family.commands.map((one) => ({ ...one, summary: 'a|b' })) };
  expect(cliPageOf(command)).toContain('| [`sriov pods`](#sriov-pods) | a\\|b |');
});
