/** What may hide a reservation from those who remember who holds what, and what may stand in their way. */
import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { NetworkName } from '../../../schemas/words.ts';
import { filesIn } from './directories.ts';
import { plant } from './disk-stores.ts';
import { addTo, CONTENT, delFrom, heldIn, type Large, largeStore, leftIn, V24 } from './large-stores.ts';
import { A, agree, B, V4, wish } from './stores.ts';

test('whoever reserves without the lock makes it forgotten, also if a stamp has hidden the reservation', async () => {
  const large = largeStore();
  expect(await heldIn(large)).toEqual([]);
  const reserving = large.store.during(B, large.dataDir, async (locked) => {
    // Whoever has the lock has read all, and is told of nothing.
    expect(await locked.heldBy(B, large.dataDir)).toEqual([]);
    await large.store.reserve(A, wish(V4, large.dataDir), agree);
    await locked.reserve(B, wish(V24, large.dataDir), agree);
  });
  await reserving;
  expect(await heldIn(large)).toEqual(['10.0.0.2']);
});

/** A reservation of A whose maker died before it told of it, and which a stamp has hidden. */
async function dyingUnseen(large: Large): Promise<void> {
  await large.store.during(B, large.dataDir, async (locked) => {
    expect(await locked.heldBy(B, large.dataDir)).toEqual([]);
    plant(large.net, { '10.0.0.6': CONTENT });
    plant(`${large.net}/.reserving`, { 'pod-a@net1@1-1': CONTENT });
    await locked.reserve(B, wish(V24, large.dataDir), agree);
  });
}

test('a claim that was under way may be hidden: all reservations are read, by ADD as by DEL', async () => {
  const large = largeStore();
  await dyingUnseen(large);
  expect(await heldIn(large)).toEqual(['10.0.0.6']);
  await delFrom(large);
  expect(leftIn(large)).not.toContain('10.0.0.6');
});

test('nor is it hidden any more if a release died after it had called the claim off', async () => {
  const large = largeStore();
  await dyingUnseen(large);
  await large.store.release(A, large.dataDir, []);
  expect(await heldIn(large)).toEqual(['10.0.0.6']);
});

test('what a backup brings back is not believed', async () => {
  const large = largeStore();
  await addTo(large, B, V24);
  expect(await heldIn(large)).toEqual([]);
  const backup = `${large.dataDir}/backup`;
  execFileSync('cp', ['-a', large.net, backup]);
  await addTo(large, A, V24);
  execFileSync('cp', ['-a', `${backup}/.`, large.net]);
  expect(await heldIn(large)).toHaveLength(1);
});

describe('nothing is followed, nor waited for, nor needed', () => {
  const OBSTACLES: Record<string, (large: Large) => unknown> = {
    'a file': ({ place }) => writeFileSync(place, ''),
    'a link to a directory': ({ place, dataDir }) => {
      plant(`${dataDir}/others`, { whole: '', full: '', left: '' });
      symlinkSync(`${dataDir}/others`, place);
    },
    FIFOs: ({ place }) => {
      const names = ['whole', 'full', 'learnt', 'left', '00', '7f', 'ff'].map((name) => `${place}/${name}`);
      execFileSync('bash', ['-c', 'mkdir "$0"; mkfifo "$@"', place, ...names]);
    },
    'no boot id': (large) => {
      const store = large.storeOf(() => {
        throw new Error('EIO');
      });
      Object.assign(large, { store });
    },
  };
  test.for(Object.keys(OBSTACLES))('%s', async (what) => {
    const large = largeStore();
    OBSTACLES[what]?.(large);
    const others = filesIn(large.dataDir);
    await heldIn(large);
    await addTo(large, A, V24);
    await large.store.reserve(B, wish(V24, large.dataDir), agree);
    await delFrom(large);
    await delFrom(large, B);
    const { 'net/lock': _, 'net/last_reserved_ip.0': __, ...left } = filesIn(large.dataDir);
    expect(Object.keys(left).filter((name) => !name.startsWith('net/.holders/'))).toEqual(
      Object.keys(others).filter((name) => name !== 'net/lock' && !name.startsWith('net/.holders/')),
    );
  });

  test('a network that is a large file has nothing to release', async () => {
    const large = largeStore();
    writeFileSync(`${large.dataDir}/file`, 'x'.repeat(20_000));
    const of = { ...A, network: NetworkName.parse('file') };
    await large.store.during(of, large.dataDir, ({ release }) => release(of, large.dataDir));
  });
});
