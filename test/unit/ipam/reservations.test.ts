/** What every adapter of the port promises, asked of the one on disk and of the model in memory. */

import { describe, expect, test } from 'vitest';
import { diskReservations } from '../../../ipam/disk-reservations.ts';
import type { Holder, NetworkReservations, Reservations } from '../../../ipam/reservations.ts';
import { ipText } from '../../../schemas/ip.ts';
import { NetworkName } from '../../../schemas/words.ts';
import { makeDirectory } from '../../../src/host/make-directory.ts';
import { memoryReservations } from '../../fakes/memory-reservations.ts';
import { emptyDirectory } from './directories.ts';
import { serialLock } from './serial-lock.ts';
import { ip, NET, owner } from './words.ts';

const A = owner('pod-a');
const B = owner('pod-b');
const [ONE, TWO, THREE, SIX] = [ip('10.0.0.1'), ip('10.0.0.2'), ip('10.0.0.3'), ip('2001:db8::6')];

const adapters: [string, () => { reservations: Reservations; dataDir: string }][] = [
  ['in memory', () => ({ reservations: memoryReservations(), dataDir: '/store' })],
  [
    'on disk',
    () => ({
      reservations: diskReservations({ ...serialLock(), makeDirectory }),
      dataDir: `${emptyDirectory()}/store`,
    }),
  ],
];

const is = (who: { containerId: string; ifName: string }) => (holder: Holder) =>
  holder.containerId === who.containerId && holder.ifName === who.ifName;

async function reserve(
  store: NetworkReservations,
  who: typeof A,
  ...addresses: (typeof ONE)[]
): Promise<void> {
  const claim = await store.claim(who);
  for (const address of addresses) expect(await claim.take(address)).toBe(true);
  await claim.keep(addresses);
}

describe.each(adapters)('reservations %s', (_, make) => {
  function fresh(): NetworkReservations {
    const { reservations, dataDir } = make();
    return reservations(NET, dataDir);
  }

  test('nothing is held in a network that nobody has used', async () => {
    const store = fresh();
    expect(await store.lastReserved(0)).toBeUndefined();
    expect(await store.holderOf(ONE)).toBeUndefined();
    expect(await store.firstFree([ONE, TWO])).toEqual(ONE);
    expect(await store.remove('all', () => true)).toEqual([]);
    expect(await store.remove([ONE], () => true)).toEqual([]);
  });

  test('what was kept is held, by its owner', async () => {
    const store = fresh();
    await reserve(store, A, ONE, SIX);
    expect(await store.holderOf(ONE)).toEqual({ containerId: 'pod-a', ifName: 'net1' });
    expect(await store.holderOf(SIX)).toEqual({ containerId: 'pod-a', ifName: 'net1' });
    expect(await store.holderOf(TWO)).toBeUndefined();
    expect(await store.firstFree([ONE, SIX])).toBeUndefined();
    expect(await store.firstFree([ONE, SIX, TWO])).toEqual(TWO);
  });

  test('the last reserved address is remembered for each set', async () => {
    const store = fresh();
    await reserve(store, A, TWO, SIX);
    await reserve(store, B, ONE);
    expect(await store.lastReserved(0)).toEqual(ONE);
    expect(await store.lastReserved(1)).toEqual(SIX);
    expect(await store.lastReserved(2)).toBeUndefined();
  });

  test('networks and data directories know nothing of each other', async () => {
    const { reservations, dataDir } = make();
    await reserve(reservations(NET, dataDir), A, ONE);
    expect(await reservations(NetworkName.parse('other'), dataDir).holderOf(ONE)).toBeUndefined();
    expect(await reservations(NET, `${dataDir}-2`).holderOf(ONE)).toBeUndefined();
  });

  test('an address has one holder: whoever is second does not get it', async () => {
    const store = fresh();
    const [first, second] = [await store.claim(A), await store.claim(B)];
    expect(await first.take(ONE)).toBe(true);
    expect(await second.take(ONE)).toBe(false);
    expect(await second.take(TWO)).toBe(true);
    await Promise.all([first.keep([ONE]), second.keep([TWO])]);
    expect((await store.holderOf(ONE))?.containerId).toBe('pod-a');
    expect((await store.holderOf(TWO))?.containerId).toBe('pod-b');
  });

  test('many addresses held: the first free one is found behind them (I9)', async () => {
    const store = fresh();
    const held = Array.from({ length: 100 }, (_, index) => ip(`10.0.1.${index}`));
    await reserve(store, A, ...held);
    expect(await store.firstFree([...held, ONE])).toEqual(ONE);
    expect(await store.firstFree(held)).toBeUndefined();
  });

  test('giving back releases what the claim took, and no other reservation of the owner', async () => {
    const store = fresh();
    await reserve(store, A, ONE);
    const claim = await store.claim(A);
    expect(await claim.take(ONE)).toBe(false);
    await claim.take(TWO);
    await claim.take(THREE);
    await claim.giveBack();
    expect(await store.firstFree([ONE, TWO, THREE])).toEqual(TWO);
    expect(await store.holderOf(ONE)).toBeDefined();
  });

  test('giving back leaves alone what was released meanwhile and went to somebody else, even of the same name', async () => {
    const store = fresh();
    const claim = await store.claim(A);
    await claim.take(ONE);
    await claim.take(TWO);
    await store.remove([ONE, TWO], is(A));
    await reserve(store, A, ONE);
    await reserve(store, B, TWO);
    await claim.giveBack();
    expect((await store.holderOf(ONE))?.containerId).toBe('pod-a');
    expect((await store.holderOf(TWO))?.containerId).toBe('pod-b');
  });

  test('removing takes only the addresses named, and only from such holders', async () => {
    const store = fresh();
    await reserve(store, A, ONE, TWO);
    await reserve(store, B, THREE);
    expect((await store.remove([ONE, THREE], is(A))).map(ipText)).toEqual(['10.0.0.1']);
    expect((await store.holderOf(TWO))?.containerId).toBe('pod-a');
    expect((await store.holderOf(THREE))?.containerId).toBe('pod-b');
  });

  test('removing all takes every address of such holders', async () => {
    const store = fresh();
    await reserve(store, A, ONE, SIX);
    await reserve(store, B, TWO);
    expect((await store.remove('all', is(A))).map(ipText).toSorted()).toEqual(['10.0.0.1', '2001:db8::6']);
    expect(await store.remove('all', is(A))).toEqual([]);
    expect(await store.holderOf(TWO)).toBeDefined();
  });

  test('holders are those of addresses and of unfinished claims', async () => {
    const store = fresh();
    expect(await store.holders()).toEqual([]);
    await reserve(store, A, ONE);
    await store.claim(B);
    const holders = await store.holders();
    expect(holders.map(({ containerId, ifName }) => [containerId, ifName])).toEqual([
      ['pod-a', 'net1'],
      ['pod-b', 'net1'],
    ]);
  });

  test('a release calls off the unfinished claim of its owner, and no other one', async () => {
    const store = fresh();
    const [claimOfA, claimOfB] = [await store.claim(A), await store.claim(B)];
    await claimOfA.take(ONE);
    await store.remove([ONE], is(A));
    await expect(claimOfA.take(TWO)).rejects.toMatchObject({ fault: 'busy' });
    await claimOfA.giveBack();
    expect(await claimOfB.take(ONE)).toBe(true);
  });

  test('a claim that was called off after it took all cannot be kept', async () => {
    const store = fresh();
    const claim = await store.claim(A);
    await claim.take(ONE);
    await store.remove('all', is(A));
    await expect(claim.keep([ONE])).rejects.toMatchObject({ fault: 'busy' });
    await claim.giveBack();
    expect(await store.holderOf(ONE)).toBeUndefined();
  });

  test('removals at once do not take what comes to a new owner in between', async () => {
    const store = fresh();
    for (let round = 0; round < 20; round++) {
      await reserve(store, A, ONE);
      const removed = await Promise.all([1, 2, 3].map(() => store.remove('all', is(A))));
      await reserve(store, B, ONE);
      expect(removed.flat()).toHaveLength(1);
      expect(await store.remove([ONE], is(A))).toEqual([]);
      expect((await store.remove([ONE], is(B))).length).toBe(1);
    }
  });
});
