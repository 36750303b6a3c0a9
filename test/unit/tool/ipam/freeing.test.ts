/** Freeing is the store's, which looks again: what is not as it was judged stays. */
import { expect, test } from 'vitest';
import { freeAll, freeOne } from '../../../../src/tool/ipam/freeing.ts';
import type { Judged } from '../../../../src/tool/ipam/judged.ts';
import { filesIn } from '../../ipam/directories.ts';
import { freshDiskStore, plant } from '../../ipam/disk-stores.ts';

const judged = (address: string, container = 'c9', name?: string) => ({
  address,
  container,
  ...(name && { interface: name }),
  since: '',
  state: 'stale' as const,
});

function storeWith(files: Readonly<Record<string, string>>) {
  const store = freshDiskStore();
  plant(store.net, { ...files, lock: '' });
  const place = { network: 'net', dataDir: store.dataDir };
  const left = () => Object.keys(filesIn(store.net)).filter((name) => name !== 'lock');
  return { store, place, left };
}

const FILES = {
  '10.0.0.2': 'c9\r\nnet1',
  '10.0.0.3': 'c9\r\nnet2',
  '10.0.0.4': 'c9',
  '10.0.0.5': '',
  '2001:db8::2': 'c9\r\nnet1',
};

test.for<readonly [string, Judged & { readonly address: string }]>([
  ['of an interface', judged('10.0.0.2', 'c9', 'net1')],
  ['without interface name', judged('10.0.0.4')],
  ['that names nobody', judged('10.0.0.5', '')],
])('one address %s is freed, and no other', async ([, one]) => {
  const { store, place, left } = storeWith(FILES);
  expect(await freeOne(store, one, place)).toBe(true);
  expect(left()).toEqual(Object.keys(FILES).filter((name) => name !== one.address));
  expect(store.asked).toEqual([`${store.net}/lock`]);
});

test('one that changed hands since stays with its new holder', async () => {
  const { store, place, left } = storeWith(FILES);
  expect(await freeOne(store, judged('10.0.0.2', 'c8', 'net1'), place)).toBe(false);
  expect(left()).toEqual(Object.keys(FILES));
});

test('many are freed together, but for those that are not as they were judged', async () => {
  const { store, place, left } = storeWith(FILES);
  const doomed = [
    judged('10.0.0.2', 'c9', 'net1'),
    judged('10.0.0.3', 'c8', 'net2'),
    judged('10.0.0.5', ''),
    judged('10.0.0.9', 'c9', 'net1'),
  ];
  expect(await freeAll(store, doomed, place)).toEqual(['10.0.0.2', '10.0.0.5']);
  expect(left()).toEqual(['10.0.0.3', '10.0.0.4', '2001:db8::2']);
});
