/** Files of the store that were damaged, or that are no files: no address is given twice, and none is lost for ever. */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { execaSync } from 'execa';
import { describe, expect, test } from 'vitest';
import { rangeSetsOf } from '../../../ipam/range-set.ts';
import { emptyDirectory, filesIn } from './directories.ts';
import { freshDiskStore, plant } from './disk-stores.ts';
import { wish } from './stores.ts';
import { NET, owner } from './words.ts';

const A = owner('pod-a');
const B = owner('pod-b');
const agree = async () => undefined;
const V4 = rangeSetsOf({ type: 'host-local', subnet: '10.0.0.0/24' });

describe('a damaged reservation', () => {
  const DAMAGED = { '10.0.0.2': 'pod-a\0net1' };
  const isKnown = (containerId: string) => containerId !== '';

  async function withDamage() {
    const store = freshDiskStore();
    plant(store.net, DAMAGED);
    return store;
  }

  test('keeps its address from being given twice', async () => {
    const { reserve, dataDir } = await withDamage();
    expect(await reserve(B, wish(V4, dataDir), agree)).toMatchObject([{ address: '10.0.0.3/24' }]);
  });

  test('is not released for an owner who does not know its address', async () => {
    const { release, dataDir, net } = await withDamage();
    await release(A, dataDir);
    expect(filesIn(net)).toEqual(DAMAGED);
  });

  test.each([
    ['an owner who knows its address', ({ release, dataDir }) => release(A, dataDir, ['10.0.0.2'])],
    ['the collection', ({ collect, dataDir }) => collect(NET, dataDir, isKnown)],
  ] satisfies [string, (store: ReturnType<typeof freshDiskStore>) => Promise<unknown>][])(
    'is set aside by %s, and told',
    async (_who, release) => {
      const store = await withDamage();
      await release(store);
      const { lock: _, ...files } = filesIn(store.net);
      expect(files).toEqual({ '10.0.0.2.damaged': DAMAGED['10.0.0.2'] });
      expect(store.warnings).toEqual([expect.stringContaining(`${store.net}/10.0.0.2 names nobody`)]);
      expect(await store.reserve(B, wish(V4, store.dataDir), agree)).toMatchObject([
        { address: '10.0.0.2/24' },
      ]);
    },
  );

  test('that names another is not released', async () => {
    const { release, dataDir, net } = freshDiskStore();
    plant(net, { '10.0.0.2': 'pod-b\r\nnet1' });
    await release(A, dataDir, ['10.0.0.2']);
    expect(filesIn(net)).toEqual({ '10.0.0.2': 'pod-b\r\nnet1' });
  });

  test('stays if whoever collects knows its address to be held', async () => {
    const { collect, dataDir, net } = await withDamage();
    expect(await collect(NET, dataDir, (_id, _name, address) => address === '10.0.0.2')).toEqual([]);
    expect(filesIn(net)).toEqual(DAMAGED);
  });

  test('may be a symbolic link, which is not followed', async () => {
    const { collect, missing, reserve, dataDir, net } = freshDiskStore();
    const victim = `${emptyDirectory()}/victim`;
    writeFileSync(victim, 'pod-a\r\nnet1');
    mkdirSync(net);
    for (const name of ['10.0.0.2', 'last_reserved_ip.0']) symlinkSync(victim, `${net}/${name}`);
    expect(await missing(A, dataDir, ['10.0.0.2'])).toEqual(['10.0.0.2']);
    expect(await reserve(A, wish(V4, dataDir), agree)).toMatchObject([{ address: '10.0.0.3/24' }]);
    expect(await collect(NET, dataDir, isKnown)).toEqual(['10.0.0.2']);
    expect(readFileSync(victim, 'utf8')).toBe('pod-a\r\nnet1');
    expect(filesIn(net)).toEqual({
      '10.0.0.3': 'pod-a\r\nnet1',
      'last_reserved_ip.0': '10.0.0.3',
      lock: '',
    });
  });
});

test('a FIFO in the store holds up nobody', async () => {
  const { release, reserve, dataDir, net } = freshDiskStore();
  plant(net, { '10.0.0.2': 'pod-a\r\nnet1' });
  execaSync('mkfifo', [`${net}/10.0.0.3`, `${net}/last_reserved_ip.0`]);
  expect(await reserve(B, wish(V4, dataDir), agree)).toMatchObject([{ address: '10.0.0.4/24' }]);
  await release(A, dataDir);
  expect(readdirSync(net).filter((name) => name.startsWith('10.'))).toEqual(['10.0.0.3', '10.0.0.4']);
});
