/** `sriov validate`, the executable as it is shipped: it looks at files alone, and needs no machine. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { execa } from 'execa';
import { test as base } from 'vitest';
import { EXECUTABLE } from './machine.ts';

/** With a directory of its own. */
export const test = base.extend<{ directory: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures are needed
  directory: async ({}, use) => {
    const directory = await mkdtemp(`${tmpdir()}/sriov-validate-`);
    await use(directory);
    await rm(directory, { recursive: true });
  },
});

type Call = {
  readonly directory: string;
  readonly args: readonly string[];
  readonly input?: string;
};

export async function validate({ directory, args, input = '' }: Call) {
  const { exitCode, stdout, stderr } = await execa(EXECUTABLE, ['validate', ...args], {
    cwd: directory,
    input,
    env: { PATH: '/usr/bin' },
    extendEnv: false,
    reject: false,
    timeout: 50_000,
  });
  return { code: exitCode, lines: stdout.split('\n'), stdout, stderr };
}

export const put = (directory: string, files: Readonly<Record<string, string>>) =>
  Promise.all(Object.entries(files).map(([name, text]) => writeFile(`${directory}/${name}`, text)));
