/** The directory of plugins of a machine, and programs that may be in it. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { type Ended, EXECUTABLE, type Machine } from './machine.ts';

export const { version: VERSION }: { version: string } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);
/** As long as the real one, so that it can stand in its place in the executable. */
export const OLD_VERSION = VERSION.replaceAll(/\d/g, '0');

export const BIN = '/run/bin';
export const PLUGIN = `${BIN}/sriov`;

export const tool = (machine: Machine, ...words: readonly string[]): Promise<Ended> =>
  machine.run([EXECUTABLE, ...words]);

export const install = (machine: Machine, ...words: readonly string[]) =>
  tool(machine, 'install', '--to', BIN, ...words);

export const done = (stdout: string): Ended => ({ code: 0, stdout, stderr: '' });
export const failed = (sentence: string): Ended => ({ code: 1, stdout: '', stderr: `error: ${sentence}` });

/** An executable of ours that calls itself older, and works. */
export async function plantOlder(machine: Machine): Promise<void> {
  const mark = (version: string) => `SR-IOV CNI plugin ${version}, on Node`;
  await machine.sh(`mkdir -p ${BIN}
    sed 's/${mark(VERSION.replaceAll('.', '\\.'))}/${mark(OLD_VERSION)}/' ${EXECUTABLE} >${PLUGIN}
    chmod 755 ${PLUGIN}`);
}

/** A plugin that somebody else has made: a script that answers VERSION. */
export async function plantAnother(machine: Machine, name = 'sriov'): Promise<void> {
  await machine.sh(`mkdir -p ${BIN}
    printf "#!/bin/sh\\necho '{\\"supportedVersions\\":[\\"another\\"]}'\\n" >${BIN}/${name}
    chmod 755 ${BIN}/${name}`);
}

/** What each name stands for, such as `sriov: new`. */
export async function namesIn(machine: Machine, directory = BIN): Promise<readonly string[]> {
  const lines = await machine.sh(`cd ${directory}
    for name in $(ls -A); do
      if [ -L $name ]; then what="link to $(readlink $name)"
      elif cmp -s $name ${EXECUTABLE}; then what=new
      elif [ $(stat -c %s $name) = $(stat -c %s ${EXECUTABLE}) ]; then what=older
      elif [ $(stat -c %s $name) -lt 100 ]; then what=another
      else what=part; fi
      echo "$name: $what"
    done`);
  return lines.split('\n').filter(Boolean);
}

/** The name stands for something that answers at once. */
export async function expectWhole(machine: Machine): Promise<void> {
  const { code, stdout } = await machine.run([PLUGIN], { env: { CNI_COMMAND: 'VERSION' } });
  expect(code).toBe(0);
  expect(stdout).toMatch(/another|supportedVersions/);
}
