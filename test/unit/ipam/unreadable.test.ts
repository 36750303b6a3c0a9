/** What cannot be read, and where nothing can be: the others are found, and DEL and GC do not fail for ever. */
import { symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { rangeSetsOf } from '../../../ipam/range-set.ts';
import { filesIn } from './directories.ts';
import { freshDiskStore, plant } from './disk-stores.ts';
import { wish } from './stores.ts';
import { NET, owner } from './words.ts';

const A = owner('pod-a');
const agree = async () => undefined;
const V4 = rangeSetsOf({ type: 'host-local', subnet: '10.0.0.0/24' });

/** Two reservations of pod-a, and between them one that cannot be read. */
function withUnreadable() {
  const store = freshDiskStore();
  plant(store.net, { '10.0.0.2': 'pod-a\r\nnet1', '10.0.0.4': 'pod-a\r\nnet1' });
  const socket = createServer().listen(`${store.net}/10.0.0.3`);
  onTestFinished(() => void socket.close());
  return { ...store, refusal: `Cannot read ${store.net}/10.0.0.3: ENXIO` };
}

test('a reservation that cannot be read keeps no other from being released', async () => {
  const { release, dataDir, net, refusal } = withUnreadable();
  await expect(release(A, dataDir)).rejects.toThrow(refusal);
  expect(Object.keys(filesIn(net))).toEqual([]);
});

test('a reservation that cannot be read keeps no other from being found and collected', async () => {
  const { holders, heldBy, collect, dataDir, net, refusal } = withUnreadable();
  const ofA = { containerId: 'pod-a', ifName: 'net1' };
  expect(await holders(NET, dataDir)).toEqual([ofA, ofA]);
  expect((await heldBy(A, dataDir)).map(({ address }) => address).toSorted()).toEqual([
    '10.0.0.2',
    '10.0.0.4',
  ]);
  await expect(collect(NET, dataDir, () => false)).rejects.toThrow(refusal);
  expect(Object.keys(filesIn(net))).toEqual([]);
});

test.each([
  ['leads through a file', (at: string) => writeFileSync(at, '')],
  ['leads in a circle', (at: string) => symlinkSync(at, at)],
  ['is too long', () => {}, '/x'.repeat(2050)],
  ['has a part that is too long', () => {}, 'x'.repeat(256)],
] satisfies [string, (at: string) => void, string?][])(
  'where a directory %s, nothing is held, nor is there anything to release',
  async (_title, plantAt, rest = '') => {
    const { reserve, release, collect, holders, heldBy, missing, dataDir, asked } = freshDiskStore();
    plantAt(`${dataDir}/at`);
    const nowhere = `${dataDir}/at${rest}`;
    await release(A, nowhere);
    await release(A, nowhere, ['10.0.0.2']);
    expect(await collect(NET, nowhere, () => false)).toEqual([]);
    expect(await holders(NET, nowhere)).toEqual([]);
    expect(await heldBy(A, nowhere)).toEqual([]);
    expect(await missing(A, nowhere, ['10.0.0.2'])).toEqual(['10.0.0.2']);
    expect(asked).toEqual([]);
    await expect(reserve(A, wish(V4, nowhere), agree)).rejects.toMatchObject({ fault: 'input-output' });
  },
);
