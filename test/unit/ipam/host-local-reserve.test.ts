import { describe, expect, test } from 'vitest';
import { hostLocal } from '../../../ipam/host-local.ts';
import type { Reservations } from '../../../ipam/reservations.ts';
import { CniError } from '../../../schemas/fault.ts';
import { memoryReservations } from '../../fakes/memory-reservations.ts';
import { A, agree, DIR, DUAL, freshStore, overtakenAt, setsOf, V4, wish } from './stores.ts';
import { owner } from './words.ts';

/** Reserves for one new container after another until none is free. */
async function addressesUntilFull(
  reserve: ReturnType<typeof hostLocal>['reserve'],
  sets = V4,
): Promise<string[]> {
  const addresses: string[] = [];
  try {
    for (;;) {
      const held = await reserve(owner(`c${addresses.length}`), wish(sets), agree);
      addresses.push(...held.map(({ address }) => address));
    }
  } catch (error) {
    expect(error).toMatchObject({ fault: 'no-free-address' });
  }
  return addresses;
}

describe('reserve()', () => {
  test('gives one address of each set, with the prefix length of the subnet and the gateway of the range', async () => {
    const { reserve, reservations } = freshStore();
    expect(await reserve(A, wish(DUAL), agree)).toEqual([
      { address: '10.0.0.2/29', gateway: '10.0.0.1' },
      { address: '2001:db8::2/64', gateway: '2001:db8::1' },
    ]);
    expect(reservations.contents()).toEqual({
      '/store/net/10.0.0.2': 'pod-a net1',
      '/store/net/2001:db8::2': 'pod-a net1',
    });
  });

  test('reports a gateway outside the subnet as it is, and none where a subnet has none', async () => {
    const { reserve } = freshStore();
    const sets = setsOf(
      [{ subnet: '10.20.30.0/25', gateway: '10.20.10.1' }],
      [{ subnet: '10.0.0.9/32' }],
      [{ subnet: '2001:db8::/64', gateway: 'none' }],
    );
    expect(await reserve(A, wish(sets), agree)).toEqual([
      { address: '10.20.30.1/25', gateway: '10.20.10.1' },
      { address: '10.0.0.9/32' },
      { address: '2001:db8::1/64' },
    ]);
  });

  test('hands out in the order of host-local until all are held', async () => {
    const { reserve, release } = freshStore();
    const sets = setsOf([{ subnet: '10.0.0.0/30' }, { subnet: '10.0.1.0/29', gateway: '10.0.1.4' }]);
    expect(await addressesUntilFull(reserve, sets)).toEqual([
      '10.0.0.2/30',
      '10.0.1.1/29',
      '10.0.1.2/29',
      '10.0.1.3/29',
      '10.0.1.5/29',
      '10.0.1.6/29',
    ]);
    await release(owner('c0'), DIR);
    await release(owner('c3'), DIR);
    expect(await addressesUntilFull(reserve, sets)).toEqual(['10.0.0.2/30', '10.0.1.3/29']);
  });

  test('uses a released address as late as possible', async () => {
    const { reserve, release } = freshStore();
    await reserve(A, wish(V4), agree);
    await release(A, DIR);
    expect(await reserve(A, wish(V4), agree)).toMatchObject([{ address: '10.0.0.3/29' }]);
  });

  test('says which ranges are full', async () => {
    const { reserve } = freshStore();
    await addressesUntilFull(reserve);
    await expect(reserve(A, wish(V4), agree)).rejects.toThrow(
      'Cannot reserve an address of 10.0.0.1-10.0.0.6: all 5 are held',
    );
  });

  test('holds nothing if one of the sets is full', async () => {
    const { reserve, reservations } = freshStore();
    await addressesUntilFull(reserve);
    const before = reservations.contents();
    const sets = setsOf([{ subnet: '10.0.9.0/24' }], [{ subnet: '10.0.0.0/29' }]);
    await expect(reserve(A, wish(sets), agree)).rejects.toMatchObject({ fault: 'no-free-address' });
    expect(reservations.contents()).toEqual(before);
  });

  test('tells what it intends before anything is held', async () => {
    const { reserve, reservations } = freshStore();
    const intended: unknown[] = [];
    await reserve(A, wish(DUAL), async (addresses) => {
      intended.push([addresses, reservations.contents()]);
    });
    expect(intended).toEqual([[['10.0.0.2', '2001:db8::2'], {}]]);
  });

  test('chooses again if somebody is faster, and tells so before it tries', async () => {
    const reservations = memoryReservations();
    const intended: (readonly string[])[] = [];
    const { reserve } = hostLocal(overtakenAt(reservations, '10.0.0.2', '10.0.0.3', '2001:db8::2'));
    const held = await reserve(A, wish(DUAL), async (addresses) => {
      for (const address of addresses) {
        expect(reservations.contents()[`/store/net/${address}`]).not.toBe('pod-b net1');
      }
      intended.push(addresses);
    });
    expect(held.map(({ address }) => address)).toEqual(['10.0.0.4/29', '2001:db8::3/64']);
    expect(intended).toEqual([
      ['10.0.0.2', '2001:db8::2'],
      ['10.0.0.3', '2001:db8::2'],
      ['10.0.0.4', '2001:db8::2'],
      ['10.0.0.4', '2001:db8::3'],
    ]);
  });

  test('holds nothing if the intention is refused, at first or later', async () => {
    const reservations = memoryReservations();
    const refusal = new CniError('input-output', 'Cannot write the record');
    for (const accepted of [0, 1]) {
      let calls = 0;
      const intend = async () => {
        if (calls++ === accepted) throw refusal;
      };
      const { reserve } = hostLocal(overtakenAt(reservations, '2001:db8::2'));
      await expect(reserve(A, wish(DUAL), intend)).rejects.toBe(refusal);
      expect(Object.values(reservations.contents())).not.toContain('pod-a net1');
    }
  });

  test('does not release what the same owner held before if it fails (I7)', async () => {
    const reservations = memoryReservations();
    const { reserve } = hostLocal(reservations);
    await reserve(A, wish(DUAL), agree);
    const before = reservations.contents();
    const failing: Reservations = (network, dataDir) => {
      const store = reservations(network, dataDir);
      const claim = async (who: typeof A) => ({
        ...(await store.claim(who)),
        keep: () => Promise.reject(new CniError('input-output', 'Cannot write /store/net: EIO')),
      });
      return { ...store, claim };
    };
    await expect(hostLocal(failing).reserve(A, wish(DUAL), agree)).rejects.toThrow('EIO');
    expect(reservations.contents()).toEqual(before);
  });

  test('answers with the first cause if giving back fails, too, and adds that', async () => {
    const reservations = memoryReservations();
    const failing: Reservations = (network, dataDir) => ({
      ...reservations(network, dataDir),
      claim: async () => ({
        take: () => Promise.reject(new CniError('busy', 'first')),
        keep: agree,
        giveBack: () => Promise.reject(new CniError('input-output', 'second')),
      }),
    });
    const reserving = hostLocal(failing).reserve(A, wish(V4), agree);
    await expect(reserving).rejects.toMatchObject({ fault: 'busy', message: 'first; second' });
  });
});
