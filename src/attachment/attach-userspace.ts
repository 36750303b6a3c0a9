/** A VF whose driver is for userspace: set up through its PF, and moved nowhere. */
import { CniError } from '../../schemas/fault.ts';
import { ZERO_MAC } from '../../schemas/words.ts';
import { type Change, refusalText } from './change.ts';
import type { Desired } from './desired.ts';
import { attachAdminMac } from './mac.ts';
import { type Memory, remember } from './memory.ts';
import type { Observed, Vf } from './observed.ts';
import { planVf } from './plan.ts';
import type { World } from './ports.ts';
import type { Shown } from './result.ts';

type Giving = { readonly desired: Desired; readonly vf: Vf; readonly seen: Observed; readonly world: World };

export async function attachUserspace({ desired, vf, seen, world }: Giving, memory: Memory): Promise<Shown> {
  const { mac, settings, resetsFunction } = desired;
  await mustMake(world, [
    ...(resetsFunction ? [{ kind: 'reset-function', device: vf.address } as const] : []),
    ...planVf(settings, vf, seen),
  ]);
  if (mac && mac !== seen.shown?.mac) {
    await rememberWriting(memory, world);
    await attachAdminMac(vf, mac, world);
  }
  const shown = seen.shown?.mac === ZERO_MAC ? undefined : seen.shown?.mac;
  return { mac: mac ?? shown, mtu: vf.pf?.mtu };
}

/** Whether the VF was bound to what the PF showed cannot be asked here: it is put back as it was shown. */
async function rememberWriting(memory: Memory, world: World): Promise<void> {
  const { before } = memory.record;
  if (!before.adminMac) return;
  const adminMac = { ...before.adminMac, isPinned: true };
  await remember(world, memory, { before: { ...before, adminMac } });
}

async function mustMake({ host }: World, changes: readonly Change[]): Promise<void> {
  const refusal = await host.make(changes);
  if (refusal) throw new CniError('kernel-refused', refusalText(refusal));
}
