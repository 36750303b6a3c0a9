import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { diskReservations, type WithLock } from '../../../ipam/disk-reservations.ts';
import { hostLocal } from '../../../ipam/host-local.ts';
import { rangeSetsOf } from '../../../ipam/range-set.ts';
import { CniError } from '../../../schemas/fault.ts';
import { makeDirectory } from '../../../src/host/make-directory.ts';
import { emptyDirectory, filesIn } from './directories.ts';
import { freshDiskStore, plant } from './disk-stores.ts';
import { wish } from './stores.ts';
import { ip, NET, owner } from './words.ts';

const A = owner('pod-a');
const B = owner('pod-b');
const agree = async () => undefined;
const V4 = rangeSetsOf({ type: 'host-local', subnet: '10.0.0.0/24' });
const DUAL = rangeSetsOf({
  type: 'host-local',
  ranges: [[{ subnet: '10.0.0.0/24' }], [{ subnet: '2001:db8::/64' }]],
});

describe('the files', () => {
  test("are upstream host-local's, and nothing else stays (I5)", async () => {
    const { reserve, dataDir } = freshDiskStore();
    await reserve(A, wish(DUAL, dataDir), agree);
    expect(filesIn(dataDir)).toEqual({
      'net/10.0.0.2': 'pod-a\r\nnet1',
      'net/2001:db8::2': 'pod-a\r\nnet1',
      'net/last_reserved_ip.0': '10.0.0.2',
      'net/last_reserved_ip.1': '2001:db8::2',
      'net/lock': '',
    });
  });

  test('are for root alone; the directory that upstream shares is for all to read', async () => {
    const { reserve, dataDir, net } = freshDiskStore();
    await reserve(A, wish(V4, dataDir), agree);
    const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
    expect(modeOf(net)).toBe('755');
    expect(modeOf(`${net}/.reserving`)).toBe('700');
    expect(modeOf(`${net}/10.0.0.2`)).toBe('600');
    expect(modeOf(`${net}/last_reserved_ip.0`)).toBe('600');
  });

  test('that upstream wrote are understood', async () => {
    const { reserve, release, missing, dataDir, net } = freshDiskStore();
    plant(net, {
      '10.0.0.7': 'pod-a\r\nnet1',
      '10.0.0.8': 'old\n',
      'last_reserved_ip.0': '10.0.0.6\n',
      lock: '',
    });
    expect(await reserve(B, wish(V4, dataDir), agree)).toMatchObject([{ address: '10.0.0.9/24' }]);
    expect(await missing(A, dataDir, ['10.0.0.7'])).toEqual([]);
    await release(A, dataDir);
    await release(owner('old'), dataDir, ['10.0.0.8']);
    expect(Object.keys(filesIn(net))).toEqual(['10.0.0.9', 'last_reserved_ip.0', 'lock']);
  });

  test.each(['', 'nonsense', '10.9.9.9', '::1'])(
    'a last reserved address of "%s" costs the order only',
    async (last) => {
      const { reserve, dataDir, net } = freshDiskStore();
      plant(net, { 'last_reserved_ip.0': last });
      expect(await reserve(A, wish(V4, dataDir), agree)).toMatchObject([{ address: '10.0.0.2/24' }]);
    },
  );

  test('reserving goes on where the last reserved address cannot be written', async () => {
    const { reserve, dataDir, net } = freshDiskStore();
    mkdirSync(`${net}/last_reserved_ip.0`, { recursive: true });
    await reserve(A, wish(V4, dataDir), agree);
    expect(Object.keys(filesIn(net))).toEqual(['10.0.0.2', 'lock']);
  });
});

describe('the lock', () => {
  test('is not asked for by reserve() and missing()', async () => {
    const { reserve, missing, dataDir, asked } = freshDiskStore();
    await reserve(A, wish(V4, dataDir), agree);
    await missing(A, dataDir, ['10.0.0.2']);
    expect(asked).toEqual([]);
  });

  test("is upstream's, and asked for once in a release, however many addresses", async () => {
    const { reserve, release, dataDir, asked } = freshDiskStore();
    await reserve(A, wish(DUAL, dataDir), agree);
    await release(A, dataDir, ['10.0.0.2', '2001:db8::2']);
    expect(asked).toEqual([`${dataDir}/net/lock`]);
  });

  test('is not asked for where there is nothing to release', async () => {
    const { reserve, release, collect, dataDir, asked } = freshDiskStore();
    await release(A, dataDir);
    await reserve(B, wish(V4, dataDir), agree);
    await release(A, dataDir, ['10.0.0.2', '10.0.0.9']);
    await release(A, dataDir);
    await collect(NET, dataDir, () => true);
    expect(asked).toEqual([]);
  });

  test('lets the owner be read again: what went to somebody else while waiting stays', async () => {
    const dataDir = emptyDirectory();
    const handOver = () => plant(`${dataDir}/net`, { '10.0.0.2': 'pod-b\r\nnet1' });
    const withLock: WithLock = (_, action) => {
      handOver();
      return action();
    };
    const reservations = diskReservations({ withLock, makeDirectory });
    const { reserve, release } = hostLocal(reservations);
    await reserve(A, wish(V4, dataDir), agree);
    await release(A, dataDir);
    expect(filesIn(dataDir)).toHaveProperty(['net/10.0.0.2'], 'pod-b\r\nnet1');
  });
});

describe('what a dead process left', () => {
  async function withLeftovers() {
    const store = freshDiskStore();
    await store.reserve(B, wish(V4, store.dataDir), agree);
    await store.reservations(NET, store.dataDir).claim(A);
    await store.reservations(NET, store.dataDir).claim(B);
    return {
      ...store,
      drafts: () => readdirSync(`${store.net}/.reserving`).map((name) => name.split('@')[0]),
    };
  }

  test('goes with the next release of its owner, also one that has nothing else to release', async () => {
    const { release, dataDir, drafts } = await withLeftovers();
    await release(A, dataDir, []);
    expect(drafts()).toEqual(['pod-b']);
  });

  test('goes with the collection, unless its owner is valid', async () => {
    const { collect, dataDir, drafts } = await withLeftovers();
    plant(`${dataDir}/net/.reserving`, { 'no name of ours': '' });
    expect(await collect(NET, dataDir, (containerId) => containerId === 'pod-b')).toEqual([]);
    expect(drafts()).toEqual(['pod-b']);
  });

  test("is in nobody's way", async () => {
    const { reserve, dataDir } = await withLeftovers();
    expect(await reserve(A, wish(V4, dataDir), agree)).toMatchObject([{ address: '10.0.0.3/24' }]);
  });

  test('an empty file of upstream is no free address, and collected (I6)', async () => {
    const { reserve, collect, dataDir, net } = freshDiskStore();
    plant(net, { '10.0.0.2': '' });
    expect(await reserve(A, wish(V4, dataDir), agree)).toMatchObject([{ address: '10.0.0.3/24' }]);
    expect(await collect(NET, dataDir, (containerId) => containerId !== '')).toEqual(['10.0.0.2']);
  });
});

describe('what is no reservation', () => {
  test('is not touched', async () => {
    const { release, collect, dataDir, net } = freshDiskStore();
    plant(net, { lock: 'pod-a\r\nnet1', notes: 'pod-a\r\nnet1', '10.0.0.300': 'pod-a\r\nnet1' });
    mkdirSync(`${net}/10.0.0.9`);
    await release(A, dataDir);
    await collect(NET, dataDir, () => false);
    expect(readdirSync(net).toSorted()).toEqual(['10.0.0.300', '10.0.0.9', 'lock', 'notes']);
  });
});

describe('what the system refuses', () => {
  test('is an I/O failure with the path and the reason', async () => {
    const { reserve, dataDir } = freshDiskStore();
    writeFileSync(`${dataDir}/net`, 'a file in the place of the directory');
    await expect(reserve(A, wish(V4, dataDir), agree)).rejects.toMatchObject({
      fault: 'input-output',
      message: expect.stringMatching(`${dataDir}/net.*ENOTDIR: not a directory`),
    });
  });
});

test('probing and listing find the same first free address, whatever is held', async () => {
  const { reservations, dataDir, net } = freshDiskStore();
  const candidates = Array.from({ length: 80 }, (_, index) => ip(`10.0.0.${index}`));
  for (const [held, address] of candidates.entries()) {
    expect(await reservations(NET, dataDir).firstFree(candidates)).toEqual(address);
    plant(net, { [`10.0.0.${held}`]: 'x\r\ny' });
  }
  expect(await reservations(NET, dataDir).firstFree(candidates)).toBeUndefined();
});

test('what cannot be given back, since the lock is not to be had, is told after the first cause', async () => {
  const dataDir = emptyDirectory();
  const { reserve } = hostLocal(
    diskReservations({
      withLock: () => Promise.reject(new CniError('busy', 'Cannot lock the store')),
      makeDirectory,
    }),
  );
  let intentions = 0;
  const intend = async () => {
    plant(`${dataDir}/net`, { '2001:db8::2': 'pod-b\r\nnet1' });
    if (intentions++ > 0) throw new CniError('input-output', 'Cannot write the record');
  };
  await expect(reserve(A, wish(DUAL, dataDir), intend)).rejects.toMatchObject({
    fault: 'input-output',
    message: 'Cannot write the record; Cannot lock the store',
  });
  expect(filesIn(dataDir)).toEqual({
    'net/10.0.0.2': 'pod-a\r\nnet1',
    'net/2001:db8::2': 'pod-b\r\nnet1',
    'net/lock': '',
  });
});
