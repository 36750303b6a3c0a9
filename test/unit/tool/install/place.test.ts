import { expect, test } from 'vitest';
import {
  isDraftOf,
  newDraft,
  parseDirectory,
  parseName,
  placeOf,
} from '../../../../src/tool/install/place.ts';

const place = placeOf('/opt/cni/bin', 'sriov');

test('whatever is not the plugin begins with a dot, so that no network names it by accident', () => {
  const own = [place.previous, newDraft(place)].map((path) => path.replace('/opt/cni/bin/', ''));
  expect(own.map((name) => name[0])).toEqual(['.', '.']);
  expect(place.path).toBe('/opt/cni/bin/sriov');
});

test('drafts are told from what belongs to plugins with similar names, and are never the same', () => {
  const draft = newDraft(place).replace('/opt/cni/bin/', '');
  expect(newDraft(place)).not.toContain(draft);
  expect(isDraftOf(place, draft)).toBe(true);
  const similar = placeOf('/opt/cni/bin', 'sriov.new-x');
  for (const path of [similar.previous, newDraft(similar), place.previous, place.path])
    expect(isDraftOf(place, path.replace('/opt/cni/bin/', ''))).toBe(false);
});

test.each(['sriov', 'sriov-next', 'a.b_c', '7'])('%s is a name', (name) => {
  expect(parseName(name)).toBe(name);
});

test.each(['', '.', '..', '.sriov', '-x', 'a/b', 'a b', 'a\n', 'host-local'])('%j is no name', (name) => {
  expect(() => parseName(name)).toThrow(/Expected a file name|use --host-local/);
});

test('a directory becomes absolute', () => {
  expect(parseDirectory('/opt//cni/bin/')).toBe('/opt/cni/bin');
  expect(parseDirectory('bin')).toBe(`${process.cwd()}/bin`);
  expect(() => parseDirectory('')).toThrow('Expected a directory');
});
