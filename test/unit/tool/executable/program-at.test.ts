import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { programAt, versionAmong } from '../../../../src/tool/executable/program-at.ts';
import { emptyDirectory } from '../../ipam/directories.ts';

const SENTENCE = 'SR-IOV CNI plugin 1.2.3-rc.1, on Node ';

describe('a version of ours is told by', () => {
  test.each([
    ['what it says of itself', `\0\u0001${SENTENCE}v24`, '1.2.3-rc.1'],
    ['not by a part of it', 'SR-IOV CNI plugin 1.2.3, in Go', undefined],
    ['not by the pattern that looks for it', String.raw`SR-IOV CNI plugin (\d[\w.+-]*), on Node `, undefined],
    ['the one that has a version', `SR-IOV CNI plugin SR-IOV CNI plugin x${SENTENCE}`, '1.2.3-rc.1'],
    ['not by one that is cut off', 'SR-IOV CNI plugin 1.2', undefined],
  ])('%s', (_, text, version) => {
    expect(versionAmong(Buffer.from(text))).toBe(version);
  });
});

describe('programAt()', () => {
  const filled = () => {
    const directory = emptyDirectory();
    return (name: string) => `${directory}/${name}`;
  };

  /** In bytes: how it reads. */
  const PIECE = 4 * 1024 * 1024;

  test.each([0, 1, 50, 99, 100, 101])('finds the mark %i bytes before the end of a piece', async (before) => {
    const path = filled();
    const text = Buffer.alloc(2 * PIECE, 'x');
    text.write(SENTENCE, PIECE - before);
    writeFileSync(path('large'), text);
    expect(await programAt(path('large'))).toEqual({ kind: 'ours', version: '1.2.3-rc.1' });
  });

  test('tells another program, an empty file, a link and nothing apart', async () => {
    const path = filled();
    writeFileSync(path('script'), '#!/bin/sh\n');
    writeFileSync(path('empty'), '');
    symlinkSync(path('script'), path('link'));
    expect(await programAt(path('script'))).toEqual({ kind: 'another', what: 'another program' });
    expect(await programAt(path('empty'))).toEqual({ kind: 'another', what: 'another program' });
    expect(await programAt(path('link'))).toEqual({
      kind: 'another',
      what: `a symbolic link to ${path('script')}`,
    });
    expect(await programAt(path('none'))).toEqual({ kind: 'none' });
    expect(await programAt('/dev/null')).toEqual({ kind: 'another', what: 'no regular file' });
  });

  test('refuses a directory', async () => {
    const path = filled();
    mkdirSync(path('directory'));
    await expect(programAt(path('directory'))).rejects.toThrow(/directory is a directory: move it away/);
  });
});
