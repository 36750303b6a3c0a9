import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fileAt, filesIn } from '../../../../src/host/node/files.ts';
import { emptyDirectory } from '../../ipam/directories.ts';

test('of a directory the files with the ending are read, in order, and nothing else', () => {
  const directory = emptyDirectory();
  for (const name of ['b.conf', 'a.conf', 'a.conf.off']) writeFileSync(`${directory}/${name}`, name);
  mkdirSync(`${directory}/c.conf`);
  expect(filesIn(directory, ['.conf']).map(({ text }) => text)).toEqual(['a.conf', 'b.conf']);
  expect([fileAt(`${directory}/none`), filesIn(`${directory}/none`, [''])]).toEqual([undefined, []]);
});
