import { mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { diskNotes } from '../../../ipam/disk-notes.ts';
import { makeDirectory } from '../../../src/host/make-directory.ts';
import { emptyDirectory } from './directories.ts';
import { owner } from './words.ts';

const [A, B] = [owner('c1'), owner('c2', 'e@th0')];

const ADDRESSES = ['10.1.2.3', '2001:db8::3'];

function fresh() {
  const dataDir = emptyDirectory();
  return { dataDir, notes: diskNotes(makeDirectory), directory: `${dataDir}/.given/${A.network}` };
}

test('what was noted is found, by its owner alone, until it is removed', () => {
  const { notes, dataDir, directory } = fresh();
  expect(notes.of(A, dataDir)).toBeUndefined();
  notes.write(A, dataDir, ['10.1.2.9']);
  notes.write(A, dataDir, ADDRESSES);
  expect([notes.of(A, dataDir), notes.of(B, dataDir)]).toEqual([ADDRESSES, undefined]);
  const [name = ''] = readdirSync(directory);
  expect([directory, `${directory}/${name}`].map((path) => statSync(path).mode & 0o777)).toEqual([
    0o700, 0o600,
  ]);
  for (const _ of ['once', 'twice']) notes.remove(A, dataDir);
  expect(notes.of(A, dataDir)).toBeUndefined();
});

test('those of attachments that are not valid any more go, and no others', () => {
  const { notes, dataDir } = fresh();
  for (const owner of [A, B]) notes.write(owner, dataDir, ADDRESSES);
  notes.keep(
    A.network,
    dataDir,
    (containerId, ifName) => containerId === A.containerId && ifName === A.ifName,
  );
  expect([notes.of(A, dataDir), notes.of(B, dataDir)]).toEqual([ADDRESSES, undefined]);
  notes.keep(A.network, `${dataDir}/nowhere`, () => false);
});

describe('a note that is no hint is none', () => {
  test.each([
    ['empty', ''],
    ['cut', '10.1.2.3\n2001:db8:'],
    ['no address', '../../etc\n'],
  ])('%s', (_title, text) => {
    const { notes, dataDir, directory } = fresh();
    notes.write(A, dataDir, ADDRESSES);
    const [name = ''] = readdirSync(directory);
    writeFileSync(`${directory}/${name}`, text);
    expect(notes.of(A, dataDir)).toBeUndefined();
  });

  test('what cannot be written or read keeps nobody: a link is not followed', () => {
    const { notes, dataDir, directory } = fresh();
    notes.write(A, dataDir, ADDRESSES);
    const [name = ''] = readdirSync(directory);
    notes.remove(A, dataDir);
    symlinkSync(`${dataDir}/elsewhere`, `${directory}/${name}`);
    notes.write(A, dataDir, ADDRESSES);
    expect([notes.of(A, dataDir), readdirSync(dataDir)]).toEqual([undefined, ['.given']]);
    notes.remove(A, dataDir);
    mkdirSync(`${directory}/${name}`);
    notes.write(A, dataDir, ADDRESSES);
    expect(notes.of(A, dataDir)).toBeUndefined();
  });
});
