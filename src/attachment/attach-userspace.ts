/** A VF whose driver is for userspace: set up through its PF, and moved nowhere. */
import { ZERO_MAC } from '../../schemas/words.ts';
import type { Desired } from './desired.ts';
import { attachAdminMac } from './mac.ts';
import { mustMake } from './must-make.ts';
import type { Observed, Vf } from './observed.ts';
import { planVf } from './plan.ts';
import type { World } from './ports.ts';
import type { Shown } from './result.ts';

type Giving = { readonly desired: Desired; readonly vf: Vf; readonly seen: Observed; readonly world: World };

export async function attachUserspace({ desired, vf, seen, world }: Giving): Promise<void> {
  const { mac, settings, resetsFunction } = desired;
  await mustMake(world, [
    ...(resetsFunction ? [{ kind: 'reset-function', device: vf.address } as const] : []),
    ...planVf(settings, vf, seen),
  ]);
  if (mac && mac !== seen.shown?.mac) await attachAdminMac(vf, mac, world);
}

/** What there is to say of the VF without a link. A zero MAC is none. */
export function shownOfUserspace(
  { mac }: Desired,
  { vf, seen: { shown } }: Pick<Giving, 'vf' | 'seen'>,
): Shown {
  return { mac: mac ?? (shown?.mac === ZERO_MAC ? undefined : shown?.mac), mtu: vf.pf?.mtu };
}
