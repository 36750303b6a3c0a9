import { expect, test } from 'vitest';
import { hostLocal } from '../../../ipam/host-local.ts';
import { rehearsedReservations } from '../../../ipam/rehearsed-reservations.ts';
import { A, agree, B, DIR, DUAL, freshStore, setsOf, V4, wish } from './stores.ts';
import { NET } from './words.ts';

function rehearsal() {
  const { reservations, ...real } = freshStore();
  return { real, rehearsed: hostLocal(rehearsedReservations(reservations)), reservations };
}

test('what is reserved is what the store would give next, and the store knows nothing of it', async () => {
  const { real, rehearsed, reservations } = rehearsal();
  await real.reserve(A, wish(V4), agree);
  const before = reservations.contents();
  expect(await rehearsed.reserve(B, wish(DUAL), agree)).toMatchObject([
    { address: '10.0.0.3/29' },
    { address: '2001:db8::2/64' },
  ]);
  expect(reservations.contents()).toEqual(before);
  expect(await real.reserve(B, wish(V4), agree)).toMatchObject([{ address: '10.0.0.3/29' }]);
});

test('what is released is free, and held on in the store', async () => {
  const { real, rehearsed, reservations } = rehearsal();
  const one = wish(setsOf([{ subnet: '10.0.0.9/32' }]));
  await real.reserve(A, one, agree);
  await expect(rehearsed.reserve(B, one, agree)).rejects.toMatchObject({ fault: 'no-free-address' });
  await rehearsed.release(A, DIR);
  expect(await rehearsed.reserve(B, one, agree)).toMatchObject([{ address: '10.0.0.9/32' }]);
  expect(reservations.contents()).toEqual({ '/store/net/10.0.0.9': 'pod-a net1' });
});

test('what was reserved is missing for others, and free again when it is released', async () => {
  const { rehearsed } = rehearsal();
  await rehearsed.reserve(A, wish(V4), agree);
  expect(await rehearsed.missing(A, DIR, ['10.0.0.2'])).toEqual([]);
  expect(await rehearsed.missing(B, DIR, ['10.0.0.2'])).toEqual(['10.0.0.2']);
  await rehearsed.release(A, DIR, ['10.0.0.2']);
  expect(await rehearsed.missing(A, DIR, ['10.0.0.2'])).toEqual(['10.0.0.2']);
  expect(await rehearsed.exhausted(NET, V4, DIR)).toEqual([]);
});
