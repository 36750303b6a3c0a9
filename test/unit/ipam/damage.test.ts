/** Files of the store that were damaged, or that are no files: no address is given twice, and none is lost for ever. */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { execaSync } from 'execa';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holderOf } from '../../../ipam/disk-layout.ts';
import { rangeSetsOf } from '../../../ipam/range-set.ts';
import { isNobody, isOwner } from '../../../ipam/reservations.ts';
import { damaged } from '../../damage.ts';
import { seedOf, tell, times } from '../../figures.ts';
import { emptyDirectory, filesIn } from './directories.ts';
import { freshDiskStore, plant } from './disk-stores.ts';
import { wish } from './stores.ts';
import { NET, owner } from './words.ts';

const A = owner('pod-a');
const B = owner('pod-b');
const C = owner('pod-c');
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

  test('is set aside by a name of its own each time: what was kept stays', async () => {
    const { release, warnings, dataDir, net } = freshDiskStore();
    for (const content of ['one\0', 'two\0', 'three\0']) {
      plant(net, { lock: '', '10.0.0.2': content });
      await release(A, dataDir, ['10.0.0.2']);
    }
    expect(filesIn(net)).toEqual({
      '10.0.0.2.damaged': 'one\0',
      '10.0.0.2.damaged.1': 'two\0',
      '10.0.0.2.damaged.2': 'three\0',
      lock: '',
    });
    expect(warnings.at(-1)).toContain(`renamed to ${net}/10.0.0.2.damaged.2`);
  });

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

/** What may happen to the file of an address that pod-a holds, and what each of the four who may remove it then does. */
async function expectNothingLost(bytes: Buffer): Promise<void> {
  const { reserve, release, collect, heldBy, dataDir, net } = freshDiskStore();
  plant(net, { '10.0.0.3': 'pod-b\r\nnet1', 'last_reserved_ip.0': bytes });
  writeFileSync(`${net}/10.0.0.2`, bytes);
  const present = () => readdirSync(net).includes('10.0.0.2');
  const [{ address } = { address: '' }] = await reserve(B, wish(V4, dataDir), agree);
  expect(['10.0.0.2/24', '10.0.0.3/24']).not.toContain(address);
  const claimant = holderOf(bytes.toString());
  await release(C, dataDir);
  const isOfC = isOwner(C, claimant);
  expect(present()).toBe(!isOfC);
  await release(A, dataDir, ['10.0.0.2']);
  expect(present()).toBe(!isOfC && !isNobody(claimant) && !isOwner(A, claimant));
  await collect(NET, dataDir, (containerId) => containerId === 'pod-b');
  expect(present()).toBe(claimant.containerId === 'pod-b');
  expect((await heldBy(B, dataDir)).length).toBeGreaterThanOrEqual(2);
}

test('whatever is left of a reservation and of the last reserved address, no address is given twice or lost', async () => {
  const whole = 'pod-a\r\nnet1';
  for (let length = 0; length <= whole.length; length++) {
    await expectNothingLost(Buffer.from(whole.slice(0, length)));
  }
  const numRuns = times({ fast: 150, soak: 3000 });
  const property = fc.asyncProperty(
    damaged(whole, ['pod-b\r\nnet1', 'pod-c\r\nnet1', '10.0.0.2']),
    expectNothingLost,
  );
  await fc.assert(property, { numRuns, seed: seedOf('damaged reservations') });
  tell('damaged reservations', { 'cut off': whole.length, mutations: numRuns, lost: 0, 'given twice': 0 });
});
