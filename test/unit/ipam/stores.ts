import { hostLocal } from '../../../ipam/host-local.ts';
import { rangeSetsOf } from '../../../ipam/range-set.ts';
import type { RangeConf } from '../../../schemas/ipam-conf.ts';
import { memoryReservations } from '../../fakes/memory-reservations.ts';
import { owner } from './words.ts';

export const DIR = '/store';
export const A = owner('pod-a');
export const B = owner('pod-b');
export const agree = async () => undefined;

export const setsOf = (...ranges: RangeConf[][]) => rangeSetsOf({ type: 'host-local', ranges });
export const V4 = setsOf([{ subnet: '10.0.0.0/29' }]);
export const DUAL = setsOf([{ subnet: '10.0.0.0/29' }], [{ subnet: '2001:db8::/64' }]);

export function freshStore() {
  const reservations = memoryReservations();
  return { reservations, ...hostLocal(reservations) };
}
