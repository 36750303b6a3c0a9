/** Who holds what in a large directory: believed only while nobody else has changed it. */
import {
  cpSync,
  existsSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, test } from 'vitest';
import { contentOf } from '../../../ipam/disk-layout.ts';
import { diskStore } from '../../../ipam/disk-store.ts';
import type { HostLocal } from '../../../ipam/host-local.ts';
import type { Attachment } from '../../../schemas/attachment.ts';
import { makeDirectory } from '../../../src/host/make-directory.ts';
import { type Chance, chanceOf } from '../../chance.ts';
import { seedOf, tell, times } from '../../figures.ts';
import { emptyDirectory, filesIn } from './directories.ts';
import { plant } from './disk-stores.ts';
import { serialLock } from './serial-lock.ts';
import { A, agree, B, DUAL, setsOf, V4, wish } from './stores.ts';
import { NET, owner } from './words.ts';

/** So many names make it large in memory, where each counts 20 bytes. */
const MANY = Object.fromEntries(
  Array.from({ length: 900 }, (_, n) => [`10.9.${n >> 8}.${n & 255}`, 'x\r\ny']),
);

function largeStore() {
  const dataDir = emptyDirectory();
  const net = `${dataDir}/net`;
  plant(net, MANY);
  const place = `${net}/.holders`;
  const { withLock, asked } = serialLock();
  const storeOf = (bootId: () => string) => diskStore({ withLock, makeDirectory, bootId, warn: () => {} });
  return { dataDir, net, place, asked, storeOf, store: storeOf(() => 'boot') };
}

type Large = ReturnType<typeof largeStore>;

const addTo = ({ store, dataDir }: Large, who = A, sets = DUAL) =>
  store.during(who, dataDir, ({ reserve }) => reserve(who, wish(sets, dataDir), agree));

const heldIn = ({ store, dataDir }: Large, who = A) =>
  store.during(who, dataDir, async ({ heldBy }) =>
    (await heldBy(who, dataDir)).map(({ address }) => address).toSorted(),
  );

const delFrom = ({ store, dataDir }: Large, who = A) =>
  store.during(who, dataDir, ({ release }) => release(who, dataDir));

/** What is there besides those planted. */
const leftIn = ({ net }: Large) =>
  readdirSync(net)
    .filter((name) => !(name in MANY) && name !== '.holders')
    .toSorted();

const NOTHING = ['.reserving', 'last_reserved_ip.0', 'last_reserved_ip.1', 'lock'];
const CONTENT = contentOf(A);

const V24 = setsOf([{ subnet: '10.0.0.0/24' }]);

/** Makes a reservation look like one of A without a change to the directory: whoever reads all finds it. */
const disguise = ({ net }: Large) => writeFileSync(`${net}/10.9.0.7`, CONTENT);

test('what was reserved is found and released, and no other reservation is read for it', async () => {
  const large = largeStore();
  expect(await heldIn(large)).toEqual([]);
  await addTo(large);
  disguise(large);
  expect(await heldIn(large)).toEqual(['10.0.0.2', '2001:db8::2']);
  await delFrom(large);
  expect(leftIn(large)).toEqual(NOTHING);
  expect(await heldIn(large)).toEqual([]);
});

describe('all reservations are read again', () => {
  const FOREIGN: Record<string, (large: Large) => unknown> = {
    'another program made a reservation': ({ net }) => plant(net, { '10.0.0.6': CONTENT }),
    'another program removed one': ({ net }) => rmSync(`${net}/10.9.0.1`),
    'a store that takes no lock reserved': ({ store, dataDir }) => store.reserve(B, wish(V4, dataDir), agree),
    'a store that takes no lock released': ({ store, dataDir }) =>
      store.release(owner('x', 'y'), dataDir, ['10.9.0.2']),
    'a reservation failed after it was made': (large) =>
      expect(
        large.store.during(B, large.dataDir, async ({ reserve }) => {
          await reserve(B, wish(V4, large.dataDir), agree);
          throw new Error('died');
        }),
      ).rejects.toThrow('died'),
    'what is known is from before the boot': (large) =>
      Object.assign(large, { store: large.storeOf(() => 'next boot') }),
    'what is known is gone': ({ place }) => rmSync(place, { recursive: true }),
    'its stamp is cut off': ({ place }) => cutOff(place, 'whole'),
    'the directory is a copy': ({ net }) => {
      const { mtime } = statSync(net);
      renameSync(net, `${net}.old`);
      cpSync(`${net}.old`, net, { recursive: true });
      utimesSync(net, mtime, mtime);
    },
  };
  test.for(Object.keys(FOREIGN))('since %s', async (what) => {
    const large = largeStore();
    await addTo(large, A, V4);
    expect(await heldIn(large)).toEqual(['10.0.0.2']);
    disguise(large);
    expect(await heldIn(large)).toEqual(['10.0.0.2']);
    await FOREIGN[what]?.(large);
    expect(await heldIn(large)).toContain('10.9.0.7');
    await delFrom(large);
    expect(Object.values(filesIn(large.net))).not.toContain(CONTENT);
  });
});

test('whoever reserves without the lock makes it forgotten, also if a stamp has hidden the reservation', async () => {
  const large = largeStore();
  expect(await heldIn(large)).toEqual([]);
  const { mtime } = statSync(large.net);
  await large.store.reserve(A, wish(V4, large.dataDir), agree);
  // As whoever read all before the reservation, and stamps after it.
  utimesSync(large.net, mtime, mtime);
  expect(await heldIn(large)).toEqual(['10.0.0.2']);
});

test('a claim that is called off may be hidden, too: all reservations are read', async () => {
  const large = largeStore();
  expect(await heldIn(large)).toEqual([]);
  const { mtime } = statSync(large.net);
  plant(large.net, { '10.0.0.6': CONTENT });
  plant(`${large.net}/.reserving`, { 'pod-a@net1@1-1': CONTENT });
  utimesSync(large.net, mtime, mtime);
  await delFrom(large);
  expect(leftIn(large)).toEqual(['.reserving']);
});

test('that none of a set was free is remembered for this set, until the directory changes', async () => {
  const small = (...ends: string[]) => setsOf(ends.map((rangeEnd) => ({ subnet: '10.0.0.0/29', rangeEnd })));
  const large = largeStore();
  plant(large.net, { '10.0.0.2': contentOf(B) });
  expect(await heldIn(large)).toEqual([]);
  await expect(addTo(large, A, small('10.0.0.2'))).rejects.toThrow('all 1 are held');
  const { mtime } = statSync(large.net);
  renameSync(`${large.net}/10.0.0.2`, `${large.net}/10.0.0.6`);
  utimesSync(large.net, mtime, mtime);
  await expect(addTo(large, A, small('10.0.0.2'))).rejects.toThrow('all 1 are held');
  await addTo(large, A, small('10.0.0.3'));
  await addTo(large, owner('pod-c'), small('10.0.0.3'));
  expect(leftIn(large)).toEqual(expect.arrayContaining(['10.0.0.2', '10.0.0.3']));
  await expect(addTo(large, B, small('10.0.0.3'))).rejects.toThrow('all 2 are held');
  await delFrom(large, A);
  expect(await addTo(large, B, small('10.0.0.3'))).toHaveLength(1);
});

/** What can happen to a directory that several programs share; none of it may keep a DEL from releasing all. */
const EVENTS = {
  add: (large: Large, who: Attachment) => addTo(large, who, V24),
  del: async (large: Large, who: Attachment) => {
    await delFrom(large, who);
    expect(Object.values(filesIn(large.net))).not.toContain(contentOf(who));
  },
  'add, and die': (large: Large, who: Attachment) =>
    dying(large, who, (store) => store.reserve(who, wish(V24, large.dataDir), agree)),
  'del, and die': (large: Large, who: Attachment) =>
    dying(large, who, (store) => store.release(who, large.dataDir)),
  'add without the lock': ({ store, dataDir }: Large, who: Attachment) =>
    store.reserve(who, wish(V24, dataDir), agree),
  'add beside a del': (large: Large, who: Attachment) =>
    Promise.all([EVENTS['add without the lock'](large, who), delFrom(large, B)]),
  'del without owners': ({ store, dataDir }: Large, who: Attachment) => store.release(who, dataDir),
  collect: ({ store, dataDir }: Large, { containerId }: Attachment) =>
    store.collect(NET, dataDir, (other) => other !== containerId),
  'another program adds': ({ net }: Large, who: Attachment, chance: Chance) =>
    plant(net, { [`10.0.1.${chance.below(250)}`]: contentOf(who) }),
  'another program dels': ({ net }: Large, who: Attachment) => {
    for (const [name, content] of Object.entries(filesIn(net)))
      if (content === contentOf(who)) rmSync(`${net}/${name}`, { force: true });
  },
  'the stamp is cut off': ({ place }: Large) => cutOff(place, 'whole'),
};

test('whatever happens to the directory, DEL releases all that its owner holds', {
  timeout: 600_000,
}, async () => {
  const chance = chanceOf(seedOf('owners of a large directory'));
  const large = largeStore();
  const events = times({ fast: 150, soak: 10_000 });
  for (let turn = 0; turn < events; turn++) {
    const what = chance.oneOf(Object.keys(EVENTS) as [keyof typeof EVENTS]);
    await EVENTS[what](large, chance.oneOf([A, B, owner('pod-c')]), chance);
  }
  for (const who of [A, B, owner('pod-c')]) await EVENTS.del(large, who);
  expect(leftIn(large).filter((name) => name.startsWith('10.'))).toEqual([]);
  tell('owners of a large directory', { events, lost: 0 });
});

async function dying(
  large: Large,
  who: Attachment,
  action: (store: HostLocal) => Promise<unknown>,
): Promise<void> {
  const died = large.store.during(who, large.dataDir, async (store) => {
    await action(store);
    throw new Error('died');
  });
  await expect(died).rejects.toThrow('died');
}

function cutOff(place: string, name: string): void {
  const file = `${place}/${name}`;
  if (existsSync(file)) truncateSync(file, 3);
}
