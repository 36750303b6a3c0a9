import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { makeDirectory } from '../../../src/host/make-directory.ts';
import { emptyDirectory } from '../ipam/directories.ts';

const run = promisify(execFile);

test('directories that several processes make at once are there for all', async () => {
  const root = emptyDirectory();
  const module = new URL('../../../src/host/make-directory.ts', import.meta.url).href;
  // All start their work at the same moment, twenty times over.
  const script = `import { makeDirectory } from '${module}';
    const from = Number(process.argv[1]);
    for (let n = 0; n < 20; n++) {
      while (Date.now() < from + n * 10);
      makeDirectory('${root}/' + n + '/a/b/c', 0o700);
    }`;
  const from = Date.now() + 1500;
  const starts = Array.from({ length: 4 }, () =>
    run(process.execPath, ['--input-type=module', '-e', script, `${from}`]),
  );
  await Promise.all(starts);
  expect(statSync(`${root}/19/a/b/c`).isDirectory()).toBe(true);
});

test('a path below a file, or where nobody can make one, is told', () => {
  expect(() => makeDirectory('/proc/none/such', 0o700)).toThrow(/ENOENT/);
  expect(() => makeDirectory('/etc/hostname', 0o700)).toThrow(/EEXIST/);
  expect(() => makeDirectory('/etc/hostname/x', 0o700)).toThrow(/ENOTDIR/);
});
