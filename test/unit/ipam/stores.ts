import { hostLocal, type Wish } from '../../../ipam/host-local.ts';
import { type RangeSet, rangeSetsOf } from '../../../ipam/range-set.ts';
import type { Reservations } from '../../../ipam/reservations.ts';
import type { RangeConf } from '../../../schemas/ipam-conf.ts';
import { memoryReservations } from '../../fakes/memory-reservations.ts';
import { ip, owner } from './words.ts';

export const DIR = '/store';
export const A = owner('pod-a');
export const B = owner('pod-b');
export const agree = async () => undefined;

export const setsOf = (...ranges: RangeConf[][]) => rangeSetsOf({ type: 'host-local', ranges });
export const V4 = setsOf([{ subnet: '10.0.0.0/29' }]);
export const DUAL = setsOf([{ subnet: '10.0.0.0/29' }], [{ subnet: '2001:db8::/64' }]);

export const wish = (sets: readonly RangeSet[], dataDir = DIR): Wish => ({
  sets,
  dataDir,
  requested: [],
});

export function freshStore() {
  const reservations = memoryReservations();
  return { reservations, ...hostLocal(reservations) };
}

/** Lets somebody else take these addresses just before the claim tries to. */
export function overtakenAt(reservations: Reservations, ...addresses: string[]): Reservations {
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
