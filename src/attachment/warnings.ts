/** What is no reason to refuse a VF, but explains why it may not work; pure. */
import type { Desired } from './desired.ts';
import { isForUserspace, type Observed, pfNameOf, type Vf } from './observed.ts';

export function warnOf({ device, mac, mtu }: Desired, vf: Vf, { home, others = [] }: Observed): string[] {
  const wanted = mac ?? home?.mac;
  const twins = others.filter((other) => other.mac === wanted).map(({ index }) => `VF ${index}`);
  return [
    ...(mtu && isForUserspace(vf)
      ? [`mtu ${mtu} is for the program that has ${device}: its driver ${vf.driver} is for userspace`]
      : []),
    ...(vf.pf?.isDown ? [`The PF ${pfNameOf(vf)} of ${device} is down: the VF may have no carrier`] : []),
    ...(twins.length > 0 ? [`${twins.join(', ')} of ${pfNameOf(vf)} has the MAC ${wanted}, too`] : []),
  ];
}
