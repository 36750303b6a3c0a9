/** What we write into the alias of a VF's link: a second, smaller record that travels with the link. */
import * as z from 'zod/mini';
import { LinkBefore } from './record.ts';
import { Mac, Mtu, type PciAddress } from './words.ts';

/** What a VF's link is that nobody has touched: for what is not known of it. */
export const UNTOUCHED_LINK = {
  /** Of an Ethernet device: ether_setup() in the kernel. */
  txQueueLength: 1000,
  isUp: false,
  isPromiscuous: false,
  isAllMulticast: false,
  isMulticast: true,
  hasArp: true,
  hasXdp: false,
  alias: '',
  hasParentDevice: false,
};

/**
 * The alias that we give a VF's link while it is away. It travels with the link, so that the VF is recognised where
 * the kernel names no parent device, and what was of the link survives the loss of the record.
 */
export function aliasOf(
  device: PciAddress,
  { name, mac, mtu }: Pick<LinkBefore, 'name' | 'mac' | 'mtu'>,
): string {
  return ['sriov', device, name, mac, mtu].join('/');
}

/** What was of the link, if the alias is ours and for this device. */
export function beforeInAlias(device: PciAddress, alias: string): LinkBefore | undefined {
  const [mark, address, name, mac, mtu, ...rest] = alias.split('/');
  if (mark !== 'sriov' || address !== device || rest.length > 0) return undefined;
  // A pod with NET_ADMIN can write here, too.
  if (!Mac.safeParse(mac).success || !Mtu.safeParse(Number(mtu)).success) return undefined;
  const decoded = z.safeParse(LinkBefore, { ...UNTOUCHED_LINK, name, mac, mtu: Number(mtu) });
  return decoded.success ? decoded.data : undefined;
}
