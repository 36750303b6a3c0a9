import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { searched } from '../../../../src/tool/doctor/plugin-files.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(`${tmpdir()}/plugins-`);
  for (const directory of ['first', 'second']) mkdirSync(`${root}/${directory}`);
  script(`${root}/own`, '0.1.0');
});
afterEach(() => rmSync(root, { recursive: true }));

function script(path: string, answer: string): void {
  writeFileSync(path, `#!/bin/bash\necho '${answer}'\n`, { mode: 0o755 });
}

async function found() {
  const path = { of: 'a runtime', directories: [`${root}/first`, `${root}/second`] };
  const [seen] = await searched([path], `${root}/own`);
  return seen?.sriov;
}

test('a directory without a plugin of our name has none', async () => {
  script(`${root}/first/bridge`, '');
  expect(await found()).toBeUndefined();
});

test.for([
  ['a link to us', () => symlinkSync(`${root}/own`, `${root}/second/sriov`), { is: 'this executable' }],
  ['a copy of us', () => copyFileSync(`${root}/own`, `${root}/second/sriov`), { is: 'this executable' }],
  [
    'another one of ours',
    () => script(`${root}/second/sriov`, 'SR-IOV CNI plugin 0.0.9, on Node v24.1.0: moves a VF'),
    { is: 'another version', version: '0.0.9' },
  ],
  ['another program', () => script(`${root}/second/sriov`, '{ "code": 4 }'), { is: 'another program' }],
  ['one of our size', () => script(`${root}/second/sriov`, '0.1.x'), { is: 'another program' }],
  ['a directory', () => mkdirSync(`${root}/second/sriov`), { is: 'unfit' }],
] as const)('%s is told apart', async ([, plant, expected]) => {
  plant();
  expect(await found()).toEqual({ path: `${root}/second/sriov`, ...expected });
});

test('a file that nobody may start is unfit', async () => {
  script(`${root}/second/sriov`, '');
  chmodSync(`${root}/second/sriov`, 0o644);
  expect(await found()).toEqual({ path: `${root}/second/sriov`, is: 'unfit' });
});

test('the first directory counts', async () => {
  for (const directory of ['first', 'second']) script(`${root}/${directory}/sriov`, directory);
  expect((await found())?.path).toBe(`${root}/first/sriov`);
});
