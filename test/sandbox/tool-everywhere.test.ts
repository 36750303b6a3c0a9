/** What holds for every command of the tool, and for all that is shipped beside it. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { describedProgram } from '../../scripts/reference/described-program.ts';
import { everyCommand } from '../../src/tool/reference.ts';
import { EXECUTABLE } from './machine.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ESCAPE = '\u001b';

async function started(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return execa(EXECUTABLE, words, { env, extendEnv: false, reject: false, cwd: ROOT });
}

/** On a terminal of its own. */
async function onTerminal(words: string, env: Readonly<Record<string, string>>) {
  const { stdout } = await execa('script', ['-qec', `stty cols 60; ${EXECUTABLE} ${words}`, '/dev/null'], {
    env: { TERM: 'xterm', PATH: '/usr/bin', ...env },
    extendEnv: false,
  });
  return stdout;
}

const commands = everyCommand(describedProgram()).map(({ path }) => path.split(' ').slice(1));

test.for(commands)('sriov %j --help has a description and an example', async (words) => {
  const { exitCode, stdout, stderr } = await started([...words, '--help']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toMatch(/^Usage: sriov.*\n\n\S/);
  expect(stdout).toMatch(/\nExamples:\n {2}# \S.*\n {2}\S*.*sriov /);
});

test.for([
  ['bogus'],
  ['discover', '--bogus'],
  ['discover', 'bogus'],
  ['ipam', 'show'],
  ['ipam', 'bogus'],
  ['help', 'bogus'],
])('sriov %j is wrong usage: 2, and nothing on standard output', async (words) => {
  const { exitCode, stdout, stderr } = await started(words);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toMatch(/^error: .*--help/s);
});

test.for([
  [['ipam', 'lsit'], "error: unknown command 'lsit'\n(Did you mean list?)"],
  [['attachments', 'help', 'bogus'], "error: unknown command 'bogus'"],
] as const)('sriov %j names the word that is no command', async ([words, complaint]) => {
  expect((await started(words)).stderr).toContain(complaint);
});

test.for([
  [
    ['help', 'attachments', 'release'],
    ['attachments', 'release', '--help'],
  ],
  [
    ['attachments', 'help', 'release'],
    ['attachments', 'release', '--help'],
  ],
  [['help'], ['--help']],
])('sriov %j is %j', async ([words = [], same = []]) => {
  expect((await started(words)).stdout).toBe((await started(same)).stdout);
});

test('who reads no further is no failure', async () => {
  const { stderr, exitCode } = await execa(
    'bash',
    ['-c', `set -o pipefail; ${EXECUTABLE} --help | read -r line`],
    {
      reject: false,
    },
  );
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
});

describe('colours', () => {
  test('are on a terminal, whose width is kept', async () => {
    const text = await onTerminal('discover', {});
    expect(text).toContain(ESCAPE);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal is told by.
    const lines = text.replaceAll(/\u001b\[\d*m/g, '').split('\r\n');
    expect(lines.filter((line) => line.startsWith('NIC') && line.length > 60)).toEqual([]);
  });

  test.for([[{ NO_COLOR: '1' }], [{ TERM: 'dumb' }]] as const)('are not with %j', async ([env]) => {
    expect(await onTerminal('discover', env)).not.toContain(ESCAPE);
  });

  test('are not in a pipe', async () => {
    expect((await started(['discover'], { TERM: 'xterm' })).stdout).not.toContain(ESCAPE);
  });
});

const shipped = readdirSync(`${ROOT}docs/deploy`, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.yaml'),
);

test.for(shipped)('sriov validate finds no mistake in docs/deploy/%s', async (name) => {
  const { exitCode, stdout } = await started(['validate', `docs/deploy/${name}`]);
  expect(exitCode, stdout).toBe(0);
});
