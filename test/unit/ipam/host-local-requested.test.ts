import { describe, expect, test } from 'vitest';
import { diskReservations } from '../../../ipam/disk-reservations.ts';
import { hostLocal } from '../../../ipam/host-local.ts';
import { makeDirectory } from '../../../src/host/make-directory.ts';
import { memoryReservations } from '../../fakes/memory-reservations.ts';
import { emptyDirectory, filesIn } from './directories.ts';
import { serialLock } from './serial-lock.ts';
import { A, agree, B, DIR, DUAL, freshStore, overtakenAt, V4, wish } from './stores.ts';
import { NET, owner } from './words.ts';

const requesting = (...requested: string[]) => ({ ...wish(DUAL), requested });
const unasked = () => expect.unreachable('nothing was to be intended');

describe('reserve() of requested addresses', () => {
  test('holds those, and free ones of the other sets (I4)', async () => {
    const { reserve } = freshStore();
    expect(await reserve(A, requesting('2001:db8::77'), agree)).toEqual([
      { address: '10.0.0.2/29', gateway: '10.0.0.1' },
      { address: '2001:db8::77/64', gateway: '2001:db8::1' },
    ]);
    const held = await reserve(B, requesting('2001:db8::78/128', '10.0.0.6/8'), agree);
    expect(held.map(({ address }) => address)).toEqual(['10.0.0.6/29', '2001:db8::78/64']);
  });

  test('tells what it intends', async () => {
    const intended: (readonly string[])[] = [];
    const { reserve } = freshStore();
    await reserve(A, requesting('10.0.0.6'), async (addresses) => void intended.push(addresses));
    expect(intended).toEqual([['10.0.0.6', '2001:db8::2']]);
  });

  test('goes on behind a requested one, as host-local does', async () => {
    const { reserve } = freshStore();
    await reserve(A, requesting('10.0.0.4'), agree);
    expect(await reserve(B, wish(V4), agree)).toMatchObject([{ address: '10.0.0.5/29' }]);
  });

  test('refuses what no set can give before it looks at the store', async () => {
    const { reserve, reservations } = freshStore();
    const reserving = reserve(A, requesting('10.0.0.1', '10.9.9.9'), unasked);
    await expect(reserving).rejects.toMatchObject({
      fault: 'netconf',
      message: expect.stringMatching(/^Cannot reserve "10.0.0.1": .*; Cannot reserve "10.9.9.9": /),
    });
    expect(reservations.contents()).toEqual({});
  });
});

describe('reserve() of a requested address that is held', () => {
  test.each([
    ['its holder', { containerId: 'pod-b', ifName: 'net1' }, 'container pod-b holds it for net1'],
    ['a holder without interface', { containerId: 'old', ifName: undefined }, 'container old holds it'],
    ['nobody', { containerId: '', ifName: undefined }, 'somebody unknown holds it'],
    [
      'another interface of the container',
      { containerId: 'pod-a', ifName: 'net2' },
      'container pod-a holds it for net2',
    ],
    [
      'the same attachment',
      { containerId: 'pod-a', ifName: 'net1' },
      'this attachment holds it since an earlier ADD, and needs a DEL first',
    ],
  ])('names %s, and intends and holds nothing', async (_, holder, reason) => {
    const { reserve, reservations } = freshStore();
    reservations.plant(NET, DIR, { '10.0.0.3': holder });
    const before = reservations.contents();
    await expect(reserve(A, requesting('10.0.0.3'), unasked)).rejects.toMatchObject({
      fault: 'address-taken',
      message: `Cannot reserve 10.0.0.3: ${reason}`,
    });
    expect(reservations.contents()).toEqual(before);
  });

  test('names who was faster, and gives back what it held of the other sets', async () => {
    const reservations = memoryReservations();
    const { reserve } = hostLocal(overtakenAt(reservations, '2001:db8::77'));
    await expect(reserve(A, requesting('2001:db8::77', '10.0.0.3'), agree)).rejects.toMatchObject({
      fault: 'address-taken',
      message: 'Cannot reserve 2001:db8::77: container pod-b holds it for net1',
    });
    expect(reservations.contents()).toEqual({ '/store/net/2001:db8::77': 'pod-b net1' });
  });
});

test('of many that request one address at once, one gets it, and the others are told who', async () => {
  const dataDir = emptyDirectory();
  const { reserve } = hostLocal(diskReservations({ ...serialLock(), makeDirectory }));
  const owners = Array.from({ length: 20 }, (_, index) => owner(`pod-${index}`));
  const outcomes = await Promise.allSettled(
    owners.map((who) => reserve(who, { sets: V4, dataDir, requested: ['10.0.0.5'] }, agree)),
  );
  const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
  const refusals = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason.message] : [],
  );
  expect(refusals).toHaveLength(19);
  expect(new Set(refusals)).toEqual(
    new Set([`Cannot reserve 10.0.0.5: container pod-${winner} holds it for net1`]),
  );
  expect(filesIn(`${dataDir}/net`)).toHaveProperty(['10.0.0.5'], `pod-${winner}\r\nnet1`);
});
