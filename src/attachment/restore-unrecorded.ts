/** A VF whose record was lost tells by its alias that it is ours, and what its link was. */
import { beforeInAlias } from '../../schemas/alias.ts';
import { CniError } from '../../schemas/fault.ts';
import type { Before, VfSettings } from '../../schemas/record.ts';
import type { PciAddress } from '../../schemas/words.ts';
import { type Link, type ShownByPf, type Vf, vfLinkIn } from './observed.ts';
import type { Sandbox, World } from './ports.ts';
import { restore } from './restore.ts';

/** Restores the VF if its link has our alias, at home or in the sandbox; leaves it alone otherwise. */
export async function restoreUnrecorded(
  device: PciAddress,
  sandbox: Sandbox | undefined,
  world: World,
): Promise<void> {
  const vf = world.host.findDevice(device);
  if (vf.is !== 'vf') return;
  const { home } = await world.host.observe(vf, 'link');
  const link =
    home ?? (sandbox && vfLinkIn(await world.host.linksIn(sandbox), { device, hasParentDevice: false }));
  const before = link && (await rebuilt(vf, link, world));
  if (!before) return;
  world.log('warning', `Restoring ${device} from its alias: there is no record of it`);
  const incomplete = await restore({ record: { device, before }, sandbox, world });
  if (incomplete.length > 0) throw new CniError('undo-incomplete', incomplete.join('; '));
}

async function rebuilt(vf: Vf, link: Link, { host }: World): Promise<Before | undefined> {
  const before = beforeInAlias(vf.address, link.alias);
  if (!before) return undefined;
  const { shown } = await host.observe(vf, 'link and PF');
  return {
    link: before,
    settings: shown ? defaultsOf(shown) : {},
    ...(shown && link.mac !== before.mac && { adminMac: { shown: before.mac, isPinned: false } }),
  };
}

/** What the kernel's drivers give a new VF, as far as this one knows the setting. */
function defaultsOf({ spoofchk, trust }: ShownByPf): VfSettings {
  return {
    vlan: { id: 0, qos: 0 },
    ...(spoofchk && { spoofchk: 'on' }),
    ...(trust && { trust: 'off' }),
    linkState: 'auto',
    minTxRate: 0,
    maxTxRate: 0,
  };
}
