import { describe, expect, test } from 'vitest';
import { hostLocal } from '../../../ipam/host-local.ts';
import { rangeSetsOf } from '../../../ipam/range-set.ts';
import type { Reservations } from '../../../ipam/reservations.ts';
import { CniError } from '../../../schemas/fault.ts';
import type { RangeConf } from '../../../schemas/ipam-conf.ts';
import { memoryReservations } from '../../fakes/memory-reservations.ts';
import { ip, NET, owner } from './words.ts';

const DIR = '/store';
const A = owner('pod-a');
const B = owner('pod-b');
const agree = async () => undefined;

const setsOf = (...ranges: RangeConf[][]) => rangeSetsOf({ type: 'host-local', ranges });
const V4 = setsOf([{ subnet: '10.0.0.0/29' }]);
const DUAL = setsOf([{ subnet: '10.0.0.0/29' }], [{ subnet: '2001:db8::/64' }]);

function freshStore() {
  const reservations = memoryReservations();
  return { reservations, ...hostLocal(reservations) };
}

/** Reserves for one new container after another until none is free. */
async function addressesUntilFull(
  reserve: ReturnType<typeof hostLocal>['reserve'],
  sets = V4,
): Promise<string[]> {
  const addresses: string[] = [];
  try {
    for (;;) {
      const held = await reserve(owner(`c${addresses.length}`), sets, DIR, agree);
      addresses.push(...held.map(({ address }) => address));
    }
  } catch (error) {
    expect(error).toMatchObject({ fault: 'no-free-address' });
  }
  return addresses;
}

/** Lets somebody else take these addresses just before the claim tries to. */
function overtakenAt(reservations: Reservations, ...addresses: string[]): Reservations {
  const left = new Set(addresses);
  return (network, dataDir) => {
    const store = reservations(network, dataDir);
    return {
      ...store,
      async claim(who) {
        const claim = await store.claim(who);
        return {
          ...claim,
          async take(address) {
            const faster = await store.claim(B);
            for (const text of left) if (ip(text).value === address.value) await faster.take(address);
            await faster.keep([]);
            return claim.take(address);
          },
        };
      },
    };
  };
}

describe('reserve()', () => {
  test('gives one address of each set, with the prefix length of the subnet and the gateway of the range', async () => {
    const { reserve, reservations } = freshStore();
    expect(await reserve(A, DUAL, DIR, agree)).toEqual([
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
    const sets = setsOf([{ subnet: '10.20.30.0/25', gateway: '10.20.10.1' }], [{ subnet: '10.0.0.9/32' }]);
    expect(await reserve(A, sets, DIR, agree)).toEqual([
      { address: '10.20.30.1/25', gateway: '10.20.10.1' },
      { address: '10.0.0.9/32' },
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
    await reserve(A, V4, DIR, agree);
    await release(A, DIR);
    expect(await reserve(A, V4, DIR, agree)).toMatchObject([{ address: '10.0.0.3/29' }]);
  });

  test('says which ranges are full', async () => {
    const { reserve } = freshStore();
    await addressesUntilFull(reserve);
    await expect(reserve(A, V4, DIR, agree)).rejects.toThrow(
      'Cannot reserve an address of 10.0.0.1-10.0.0.6: all 5 are held',
    );
  });

  test('holds nothing if one of the sets is full', async () => {
    const { reserve, reservations } = freshStore();
    await addressesUntilFull(reserve);
    const before = reservations.contents();
    const sets = setsOf([{ subnet: '10.0.9.0/24' }], [{ subnet: '10.0.0.0/29' }]);
    await expect(reserve(A, sets, DIR, agree)).rejects.toMatchObject({ fault: 'no-free-address' });
    expect(reservations.contents()).toEqual(before);
  });

  test('tells what it intends before anything is held', async () => {
    const { reserve, reservations } = freshStore();
    const intended: unknown[] = [];
    await reserve(A, DUAL, DIR, async (addresses) => {
      intended.push([addresses, reservations.contents()]);
    });
    expect(intended).toEqual([[['10.0.0.2', '2001:db8::2'], {}]]);
  });

  test('chooses again if somebody is faster, and tells so before it tries', async () => {
    const reservations = memoryReservations();
    const intended: (readonly string[])[] = [];
    const { reserve } = hostLocal(overtakenAt(reservations, '10.0.0.2', '10.0.0.3', '2001:db8::2'));
    const held = await reserve(A, DUAL, DIR, async (addresses) => {
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
      await expect(reserve(A, DUAL, DIR, intend)).rejects.toBe(refusal);
      expect(Object.values(reservations.contents())).not.toContain('pod-a net1');
    }
  });

  test('does not release what the same owner held before if it fails', async () => {
    const reservations = memoryReservations();
    const { reserve } = hostLocal(reservations);
    await reserve(A, DUAL, DIR, agree);
    const before = reservations.contents();
    const failing: Reservations = (network, dataDir) => {
      const store = reservations(network, dataDir);
      const claim = async (who: typeof A) => ({
        ...(await store.claim(who)),
        keep: () => Promise.reject(new CniError('input-output', 'Cannot write /store/net: EIO')),
      });
      return { ...store, claim };
    };
    await expect(hostLocal(failing).reserve(A, DUAL, DIR, agree)).rejects.toThrow('EIO');
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
    const reserving = hostLocal(failing).reserve(A, V4, DIR, agree);
    await expect(reserving).rejects.toMatchObject({ fault: 'busy', message: 'first; second' });
  });
});

describe('release()', () => {
  test('releases the addresses named, as far as the owner holds them', async () => {
    const { reserve, release, reservations } = freshStore();
    await reserve(A, V4, DIR, agree);
    await reserve(B, V4, DIR, agree);
    await release(A, DIR, ['10.0.0.2', '10.0.0.3', '10.0.0.4', 'no address']);
    expect(reservations.contents()).toEqual({ '/store/net/10.0.0.3': 'pod-b net1' });
  });

  test('knows an address by any of its spellings', async () => {
    const { reserve, release, reservations } = freshStore();
    await reserve(A, DUAL, DIR, agree);
    await release(A, DIR, ['2001:DB8:0::2', '10.0.0.2']);
    expect(reservations.contents()).toEqual({});
  });

  test('releases all that the owner has in the network, and not what its other interface has', async () => {
    const { reserve, release, reservations } = freshStore();
    await reserve(A, DUAL, DIR, agree);
    await reserve(owner('pod-a', 'net2'), V4, DIR, agree);
    await release(A, DIR);
    await release(A, DIR);
    expect(reservations.contents()).toEqual({ '/store/net/10.0.0.3': 'pod-a net2' });
  });

  test('comes too late for an address that has a new owner', async () => {
    const { reserve, release, reservations } = freshStore();
    const one = setsOf([{ subnet: '10.0.0.9/32' }]);
    await reserve(A, one, DIR, agree);
    await release(A, DIR, ['10.0.0.9']);
    await reserve(B, one, DIR, agree);
    await release(A, DIR, ['10.0.0.9']);
    expect(reservations.contents()).toEqual({ '/store/net/10.0.0.9': 'pod-b net1' });
  });

  test('takes a reservation without interface name for one of the container', async () => {
    const { release, reservations } = freshStore();
    reservations.plant(NET, DIR, {
      '10.0.0.2': { containerId: 'pod-a', ifName: undefined },
      '10.0.0.3': { containerId: 'pod-b', ifName: undefined },
    });
    await release(A, DIR);
    expect(reservations.contents()).toEqual({ '/store/net/10.0.0.3': 'pod-b' });
  });
});

describe('missing()', () => {
  test('names the addresses that the owner does not hold', async () => {
    const { reserve, missing } = freshStore();
    await reserve(A, DUAL, DIR, agree);
    await reserve(B, V4, DIR, agree);
    const asked = ['10.0.0.2', '10.0.0.3', '10.0.0.4', '2001:db8::2', 'no address'];
    expect(await missing(A, DIR, asked)).toEqual(['10.0.0.3', '10.0.0.4', 'no address']);
    expect(await missing(owner('pod-a', 'net2'), DIR, ['10.0.0.2'])).toEqual(['10.0.0.2']);
  });
});

describe('collect()', () => {
  test('releases what belongs to no valid attachment, and says what', async () => {
    const { reserve, collect, reservations } = freshStore();
    await reserve(A, DUAL, DIR, agree);
    await reserve(B, V4, DIR, agree);
    await reserve(owner('pod-b', 'net2'), V4, DIR, agree);
    const isValid = (containerId: string, ifName?: string) => containerId === 'pod-b' && ifName === 'net1';
    expect(await collect(NET, DIR, isValid)).toEqual(['10.0.0.2', '2001:db8::2', '10.0.0.4']);
    expect(reservations.contents()).toEqual({ '/store/net/10.0.0.3': 'pod-b net1' });
  });

  test('asks without an interface name where the reservation has none', async () => {
    const { collect, reservations } = freshStore();
    reservations.plant(NET, DIR, { '10.0.0.2': { containerId: 'old', ifName: undefined } });
    const asked: unknown[] = [];
    await collect(NET, DIR, (...question) => asked.push(question) > 0);
    expect(asked).toEqual([['old', undefined]]);
    expect(reservations.contents()).toEqual({ '/store/net/10.0.0.2': 'old' });
  });

  test('releases what names nobody: its writer died before it was complete', async () => {
    const { collect, reservations } = freshStore();
    reservations.plant(NET, DIR, { '10.0.0.2': { containerId: '', ifName: undefined } });
    expect(await collect(NET, DIR, () => true)).toEqual(['10.0.0.2']);
  });
});
