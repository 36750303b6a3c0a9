/** Who holds what in a large directory: believed only while nobody else has changed it. */
import {
  appendFileSync,
  cpSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, test } from 'vitest';
import { contentOf } from '../../../ipam/disk-layout.ts';
import type { HostLocal } from '../../../ipam/host-local.ts';
import { yieldText } from '../../../ipam/range-set.ts';
import type { Attachment } from '../../../schemas/attachment.ts';
import { type Chance, chanceOf } from '../../chance.ts';
import { seedOf, tell, times } from '../../figures.ts';
import { filesIn } from './directories.ts';
import { plant } from './disk-stores.ts';
import { addTo, CONTENT, delFrom, heldIn, type Large, largeStore, leftIn, V24 } from './large-stores.ts';
import { A, agree, B, setsOf, V4, wish } from './stores.ts';
import { NET, owner } from './words.ts';

const NOTHING = ['.reserving', 'last_reserved_ip.0', 'last_reserved_ip.1', 'lock'];

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

test('that none of a set was free is remembered for this set, until the directory changes', async () => {
  const small = (rangeEnd: string) => setsOf([{ subnet: '10.0.0.0/29', rangeEnd }]);
  const full = ({ place }: Large) => linesIn(`${place}/full`);
  const large = largeStore();
  plant(large.net, { '10.0.0.2': contentOf(B) });
  expect(await heldIn(large)).toEqual([]);
  await expect(addTo(large, A, small('10.0.0.2'))).rejects.toThrow('all 1 are held');
  expect(full(large)).toEqual(small('10.0.0.2').map(yieldText));
  // Who reads it, believes it.
  appendFileSync(`${large.place}/full`, `${small('10.0.0.3').map(yieldText)}\n`);
  await expect(addTo(large, A, small('10.0.0.3'))).rejects.toThrow('all 2 are held');
  await addTo(large, A, small('10.0.0.4'));
  expect(full(large)).toEqual([]);
  await addTo(large, owner('pod-c'), small('10.0.0.4'));
  await expect(addTo(large, B, small('10.0.0.4'))).rejects.toThrow('all 3 are held');
  await delFrom(large, A);
  expect(await addTo(large, B, small('10.0.0.4'))).toHaveLength(1);
});

test('what an attachment gives back itself is free for it again', async () => {
  const one = setsOf([{ subnet: '10.0.0.0/29', rangeEnd: '10.0.0.2' }]);
  const large = largeStore();
  expect(await heldIn(large)).toEqual([]);
  await addTo(large, A, one);
  await expect(addTo(large, B, one)).rejects.toThrow('all 1 are held');
  const again = large.store.during(A, large.dataDir, async ({ release, reserve }) => {
    await release(A, large.dataDir, ['10.0.0.2']);
    return reserve(A, wish(one, large.dataDir), agree);
  });
  expect(await again).toHaveLength(1);
});

const linesIn = (file: string) =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];

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
