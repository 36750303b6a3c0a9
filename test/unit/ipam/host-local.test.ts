import { describe, expect, test } from 'vitest';
import { rangeSetsOf } from '../../../ipam/range-set.ts';
import { NOBODY } from '../../../ipam/reservations.ts';
import { A, agree, B, DIR, DUAL, freshStore, setsOf, V4, wish } from './stores.ts';
import { NET, owner } from './words.ts';

describe('release()', () => {
  test('releases the addresses named, as far as the owner holds them', async () => {
    const { reserve, release, reservations } = freshStore();
    await reserve(A, wish(V4), agree);
    await reserve(B, wish(V4), agree);
    await release(A, DIR, ['10.0.0.2', '10.0.0.3', '10.0.0.4', 'no address']);
    expect(reservations.contents()).toEqual({ '/store/net/10.0.0.3': 'pod-b net1' });
  });

  test('knows an address by any of its spellings', async () => {
    const { reserve, release, reservations } = freshStore();
    await reserve(A, wish(DUAL), agree);
    await release(A, DIR, ['2001:DB8:0::2', '10.0.0.2']);
    expect(reservations.contents()).toEqual({});
  });

  test('releases all that the owner has in the network, and not what its other interface has', async () => {
    const { reserve, release, reservations } = freshStore();
    await reserve(A, wish(DUAL), agree);
    await reserve(owner('pod-a', 'net2'), wish(V4), agree);
    await release(A, DIR);
    await release(A, DIR);
    expect(reservations.contents()).toEqual({ '/store/net/10.0.0.3': 'pod-a net2' });
  });

  test('comes too late for an address that has a new owner', async () => {
    const { reserve, release, reservations } = freshStore();
    const one = setsOf([{ subnet: '10.0.0.9/32' }]);
    await reserve(A, wish(one), agree);
    await release(A, DIR, ['10.0.0.9']);
    await reserve(B, wish(one), agree);
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

describe('exhausted()', () => {
  test('has a sentence for each set without a free address', async () => {
    const { reserve, exhausted } = freshStore();
    const sets = setsOf(
      [{ subnet: '10.0.0.0/30' }],
      [{ subnet: '2001:db8::/64' }],
      [{ subnet: '10.9.0.0/32' }],
    );
    expect(await exhausted(NET, sets, DIR)).toEqual([]);
    await reserve(A, wish(sets), agree);
    expect(await exhausted(NET, sets, DIR)).toEqual([
      'Cannot reserve an address of 10.0.0.1-10.0.0.2: all 1 are held',
      'Cannot reserve an address of 10.9.0.0-10.9.0.0: all 1 are held',
    ]);
  });

  test('does not count excluded addresses as free', async () => {
    const { reserve, exhausted } = freshStore();
    const sets = rangeSetsOf({ type: 'host-local', subnet: '10.0.0.0/29', exclude: ['10.0.0.3-10.0.0.6'] });
    await reserve(A, wish(sets), agree);
    expect(await exhausted(NET, sets, DIR)).toHaveLength(1);
  });
});

describe('missing()', () => {
  test('names the addresses that the owner does not hold', async () => {
    const { reserve, missing } = freshStore();
    await reserve(A, wish(DUAL), agree);
    await reserve(B, wish(V4), agree);
    const asked = ['10.0.0.2', '10.0.0.3', '10.0.0.4', '2001:db8::2', 'no address'];
    expect(await missing(A, DIR, asked)).toEqual(['10.0.0.3', '10.0.0.4', 'no address']);
    expect(await missing(owner('pod-a', 'net2'), DIR, ['10.0.0.2'])).toEqual(['10.0.0.2']);
  });
});

describe('collect()', () => {
  test('releases what belongs to no valid attachment, and says what', async () => {
    const { reserve, collect, reservations } = freshStore();
    await reserve(A, wish(DUAL), agree);
    await reserve(B, wish(V4), agree);
    await reserve(owner('pod-b', 'net2'), wish(V4), agree);
    const isValid = (containerId: string, ifName?: string) => containerId === 'pod-b' && ifName === 'net1';
    expect(await collect(NET, DIR, isValid)).toEqual(['10.0.0.2', '2001:db8::2', '10.0.0.4']);
    expect(reservations.contents()).toEqual({ '/store/net/10.0.0.3': 'pod-b net1' });
  });

  test('asks without an interface name where the reservation has none', async () => {
    const { collect, reservations } = freshStore();
    reservations.plant(NET, DIR, { '10.0.0.2': { containerId: 'old', ifName: undefined } });
    const asked: unknown[] = [];
    await collect(NET, DIR, (...question) => asked.push(question) > 0);
    expect(asked).toEqual([['old', undefined, '10.0.0.2']]);
    expect(reservations.contents()).toEqual({ '/store/net/10.0.0.2': 'old' });
  });

  test('asks by the address alone where the reservation names nobody', async () => {
    const { collect, reservations } = freshStore();
    reservations.plant(NET, DIR, { '10.0.0.2': NOBODY, '10.0.0.3': NOBODY });
    const isValid = (containerId: string, _?: string, address?: string) =>
      containerId !== '' || address === '10.0.0.3';
    expect(await collect(NET, DIR, isValid)).toEqual(['10.0.0.2']);
  });
});
