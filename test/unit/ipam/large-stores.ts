/** Stores in a directory so large that it is remembered who holds what. */
import { readdirSync } from 'node:fs';
import { contentOf } from '../../../ipam/disk-layout.ts';
import { diskStore } from '../../../ipam/disk-store.ts';
import { makeDirectory } from '../../../src/host/make-directory.ts';
import { emptyDirectory } from './directories.ts';
import { plant } from './disk-stores.ts';
import { serialLock } from './serial-lock.ts';
import { A, agree, DUAL, setsOf, wish } from './stores.ts';

/** So many names make it large in memory, where each counts 20 bytes. */
const MANY = Object.fromEntries(
  Array.from({ length: 900 }, (_, n) => [`10.9.${n >> 8}.${n & 255}`, 'x\r\ny']),
);

export function largeStore() {
  const dataDir = emptyDirectory();
  const net = `${dataDir}/net`;
  plant(net, { ...MANY, lock: '' });
  const place = `${net}/.holders`;
  const { withLock, asked } = serialLock();
  const storeOf = (bootId: () => string) => diskStore({ withLock, makeDirectory, bootId, warn: () => {} });
  return { dataDir, net, place, asked, storeOf, store: storeOf(() => 'boot') };
}

export type Large = ReturnType<typeof largeStore>;

export const addTo = ({ store, dataDir }: Large, who = A, sets = DUAL) =>
  store.during(who, dataDir, ({ reserve }) => reserve(who, wish(sets, dataDir), agree));

export const heldIn = ({ store, dataDir }: Large, who = A) =>
  store.during(who, dataDir, async ({ heldBy }) =>
    (await heldBy(who, dataDir)).map(({ address }) => address).toSorted(),
  );

export const delFrom = ({ store, dataDir }: Large, who = A) =>
  store.during(who, dataDir, ({ release }) => release(who, dataDir));

/** What is there besides those planted. */
export const leftIn = ({ net }: Large) =>
  readdirSync(net)
    .filter((name) => !(name in MANY) && name !== '.holders')
    .toSorted();

/** Of a reservation of A. */
export const CONTENT = contentOf(A);

export const V24 = setsOf([{ subnet: '10.0.0.0/24' }]);
