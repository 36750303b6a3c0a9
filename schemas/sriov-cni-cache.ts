/** What sriov-cni (k8snetworkplumbingwg) keeps on disk of an attachment, and what of the VF has to be restored by it. */
import * as z from 'zod/mini';
import { UNTOUCHED_LINK } from './alias.ts';
import { decode } from './decode.ts';
import type { AdminMacBefore, Before, LinkBefore, VfSettings } from './record.ts';
import { IfName, NetworkName, type OnOff, PciAddress, ZERO_MAC } from './words.ts';

const text = z.optional(z.string({ error: 'a text' }));
const number = z.optional(z.number({ error: 'a number' }));
/** Of a field that older releases do not know. */
const count = z._default(z.number({ error: 'a number' }), 0);
const isTrue = z._default(z.boolean({ error: 'true or false' }), false);

/** The VF before ADD, as PF and netdev showed it. */
const OrigVfState = z
  .object(
    {
      /** Absent where a driver for userspace had the VF. */
      HostIFName: z.optional(IfName),
      SpoofChk: isTrue,
      Trust: isTrue,
      AdminMAC: text,
      EffectiveMAC: text,
      Vlan: count,
      VlanQoS: count,
      VlanProto: count,
      MinTxRate: count,
      MaxTxRate: count,
      LinkState: count,
      MTU: count,
    },
    { error: 'an object' },
  )
  .check(
    z.refine(({ HostIFName, AdminMAC, EffectiveMAC }) => !HostIFName || EffectiveMAC || isSet(AdminMAC), {
      path: ['EffectiveMAC'],
      error: 'a MAC address beside HostIFName',
    }),
  );

/** The network configuration, to which ADD has added what it found. */
const SriovCniCache = z.object(
  {
    name: NetworkName,
    deviceID: PciAddress,
    vlan: number,
    min_tx_rate: number,
    max_tx_rate: number,
    spoofchk: text,
    trust: text,
    link_state: text,
    /** The one that was wanted, from whatever source. */
    MAC: text,
    /** That of the netdev at ADD. */
    MTU: number,
    OrigVfState,
  },
  { error: 'an object' },
);
type SriovCniCache = z.output<typeof SriovCniCache>;

/** Throws CniError `decode`. */
export function parseSriovCniCache(value: unknown): SriovCniCache {
  return decode(SriovCniCache, value, 'decode');
}

/** What DEL has to restore: of the settings those that the network configures, as sriov-cni does. */
export function beforeInCache(cache: SriovCniCache): Before {
  const { HostIFName: name } = cache.OrigVfState;
  const adminMac = adminMacBefore(cache);
  return {
    ...(name && { link: linkBefore(name, cache) }),
    settings: settingsBefore(cache),
    ...(adminMac && { adminMac }),
  };
}

const DEFAULT_MTU = 1500;

function linkBefore(name: IfName, { MAC, MTU, OrigVfState }: SriovCniCache): LinkBefore {
  const { AdminMAC = ZERO_MAC, EffectiveMAC = AdminMAC, MTU: mtu } = OrigVfState;
  // sriov-cni looks at the netdev only after it gave the pod's MAC to the PF, and iavf may show that already.
  const isOfPod = EffectiveMAC === MAC?.toLowerCase();
  return {
    ...UNTOUCHED_LINK,
    // sriov-cni writes no alias: a link that has one of ours got it from the pod.
    hasParentDevice: true,
    name,
    mac: isOfPod && isSet(AdminMAC) ? AdminMAC : EffectiveMAC,
    mtu: mtu || MTU || DEFAULT_MTU,
  };
}

const LINK_STATES = ['auto', 'enable', 'disable'] as const;

function settingsBefore({ OrigVfState: was, ...configured }: SriovCniCache): VfSettings {
  const { vlan, spoofchk, trust, link_state, min_tx_rate, max_tx_rate } = configured;
  const linkState = LINK_STATES[was.LinkState];
  // Who sets one rate sets both.
  const hasRates = min_tx_rate !== undefined || max_tx_rate !== undefined;
  return {
    ...(vlan !== undefined && { vlan: vlanBefore(was) }),
    ...(spoofchk && { spoofchk: onOff(was.SpoofChk) }),
    ...(trust && { trust: onOff(was.Trust) }),
    ...(link_state && linkState && { linkState }),
    ...(hasRates && { minTxRate: was.MinTxRate, maxTxRate: was.MaxTxRate }),
  };
}

/** The second is what releases wrote that did not turn the kernel's byte order. */
const ETHERTYPES_OF_802_1AD = [0x88a8, 0xa888];

function vlanBefore({ Vlan: id, VlanQoS: qos, VlanProto }: SriovCniCache['OrigVfState']) {
  return { id, qos, ...(ETHERTYPES_OF_802_1AD.includes(VlanProto) && { protocol: '802.1ad' }) };
}

/**
 * A MAC that the PF showed counts as a pin, though igb shows that of any VF: sriov-cni restores it as a pin, too, and
 * without a pin that was there a pod could choose its MAC. Absent if the network sets no MAC.
 */
function adminMacBefore({ MAC, OrigVfState: { AdminMAC } }: SriovCniCache): AdminMacBefore | undefined {
  return MAC && AdminMAC ? { shown: AdminMAC, isPinned: isSet(AdminMAC) } : undefined;
}

function isSet(mac: string | undefined): boolean {
  return mac !== undefined && mac !== ZERO_MAC;
}

function onOff(isOn: boolean): OnOff {
  return isOn ? 'on' : 'off';
}
