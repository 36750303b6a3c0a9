import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { listingOf, networksIn } from '../../../ipam/disk-listing.ts';
import { ipText } from '../../../schemas/ip.ts';
import { emptyDirectory } from './directories.ts';

function storeWith(files: Readonly<Record<string, string>>): string {
  const dataDir = emptyDirectory();
  mkdirSync(`${dataDir}/net/.reserving`, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(`${dataDir}/net/${name}`, content);
  return dataDir;
}

test('every file is told by what it is, reservations in the order of their addresses', () => {
  const dataDir = storeWith({
    '10.0.0.10': 'a\r\nnet1',
    '10.0.0.9': 'b',
    '2001:db8::1': 'a\r\nnet1',
    '10.0.0.3': '',
    '10.0.0.4': 'not a container',
    '10.0.0.5.damaged': 'x',
    '10.0.0.5.damaged.1': 'x',
    'last_reserved_ip.0': '10.0.0.9',
    'last_reserved_ip.1': 'x',
    lock: '',
    note: 'x',
    '2001:DB8::2': 'a\r\nnet1',
    '.reserving/c@net1@7-8': 'c\r\nnet1',
  });
  mkdirSync(`${dataDir}/net/10.0.0.6`);
  mkdirSync(`${dataDir}/net/.holders`);
  symlinkSync('/etc/hostname', `${dataDir}/net/10.0.0.7`);
  utimesSync(`${dataDir}/net/10.0.0.10`, 1000, 1000);
  let announced = 0;
  const listing = listingOf('net', dataDir, (files) => {
    announced = files;
  });
  const held = listing.reserved.map(({ address, holder }) => [
    ipText(address),
    holder.containerId,
    holder.ifName,
  ]);
  expect(held).toEqual([
    ['10.0.0.3', '', undefined],
    ['10.0.0.4', '', undefined],
    ['10.0.0.7', '', undefined],
    ['10.0.0.9', 'b', undefined],
    ['10.0.0.10', 'a', 'net1'],
    ['2001:db8::1', 'a', 'net1'],
  ]);
  expect(listing.reserved.find(({ address }) => ipText(address) === '10.0.0.10')?.sinceMs).toBe(1_000_000);
  expect(listing.drafts.map(({ holder }) => holder)).toEqual([{ containerId: 'c', ifName: 'net1' }]);
  expect(listing.lost).toEqual(['last_reserved_ip.1']);
  expect([...listing.aside].sort()).toEqual(['10.0.0.5.damaged', '10.0.0.5.damaged.1']);
  expect([...listing.strange].sort()).toEqual(['10.0.0.6', '2001:DB8::2', 'note']);
  expect(announced).toBe(16);
});

test('what is not there holds nothing', () => {
  const dataDir = emptyDirectory();
  expect(networksIn(`${dataDir}/none`)).toEqual([]);
  expect(listingOf('none', dataDir, () => {}).reserved).toEqual([]);
});

test('networks are directories', () => {
  const dataDir = storeWith({});
  writeFileSync(`${dataDir}/file`, '');
  mkdirSync(`${dataDir}/a`);
  expect(networksIn(dataDir)).toEqual(['a', 'net']);
});
