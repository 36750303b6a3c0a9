import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contentOf, draftHolderOf, draftNameOf, fileOf, holderOf } from '../../../ipam/disk-layout.ts';
import { NOBODY } from '../../../ipam/reservations.ts';
import { IfName } from '../../../schemas/words.ts';
import { seedOf, times } from '../../figures.ts';
import { ip, owner } from './words.ts';

test('fileOf() has the canonical text of the address, as Go prints it', () => {
  expect(fileOf('/d', ip('10.1.2.3'))).toBe('/d/10.1.2.3');
  expect(fileOf('/d', ip('2001:DB8:0:0:1:0:0:1'))).toBe('/d/2001:db8::1:0:0:1');
});

test.each([
  ['pod-a\r\nnet1', { containerId: 'pod-a', ifName: 'net1' }],
  [' pod-a\nnet1\n', { containerId: 'pod-a', ifName: 'net1' }],
  ['pod-a', { containerId: 'pod-a', ifName: undefined }],
  ['pod-a\r\nnet1\r\nmore', { containerId: 'pod-a', ifName: 'net1' }],
  ['', NOBODY],
  ['\0\0\0\0', NOBODY],
  ['pod a\r\nnet1', NOBODY],
  ['pod-a\r\nnet/1', NOBODY],
  ['pod-a\r\nnet\0', NOBODY],
  ['pod-a\r\nnet\ufffd', NOBODY],
  ['pod-a\r\nmore-than-15-long', NOBODY],
])('holderOf(%j)', (content, holder) => {
  expect(holderOf(content)).toEqual(holder);
});

test('holderOf() reads what contentOf() wrote', () => {
  expect(holderOf(contentOf(owner('pod-a', 'a@b')))).toEqual({ containerId: 'pod-a', ifName: 'a@b' });
});

test('holderOf() reads every interface name that an attachment may have, as it comes back from the disk', {
  timeout: 60_000,
}, () => {
  const early = fc.integer({ min: 0, max: 0x2ff }).map((code) => String.fromCodePoint(code));
  const special = fc.constantFrom('\ufffd', '\ufeff', '\u2028', '\u{1f600}');
  const any = fc.string({ unit: 'binary', minLength: 1, maxLength: 1 });
  const textOf = (unit: typeof early | 'grapheme-ascii', maxLength: number) =>
    fc.string({ unit, minLength: 1, maxLength, size: 'max' });
  const names = fc
    .oneof(textOf('grapheme-ascii', 15), textOf(fc.oneof(early, special, any), 4))
    .filter((name) => IfName.safeParse(name).success);
  const property = fc.property(names, (ifName) => {
    const written = Buffer.from(contentOf(owner('pod-a', ifName)));
    expect(holderOf(written.toString())).toEqual({ containerId: 'pod-a', ifName });
  });
  const numRuns = times({ fast: 1000, soak: 10_000 });
  fc.assert(property, { numRuns, seed: seedOf('interface names in the store') });
});

test('draftNameOf() is never the same twice, names its owner, and fits into a directory entry', () => {
  const longest = owner('c'.repeat(200), 'net@1@é');
  const names = Array.from({ length: 50 }, () => draftNameOf(longest));
  expect(new Set(names).size).toBe(50);
  for (const name of names) {
    expect(draftHolderOf(name)).toEqual({ containerId: longest.containerId, ifName: longest.ifName });
    expect(Buffer.byteLength(`${name}.99`)).toBeLessThanOrEqual(255);
  }
});
