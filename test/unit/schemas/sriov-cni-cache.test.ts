import { describe, expect, test } from 'vitest';
import { beforeInCache, parseSriovCniCache } from '../../../schemas/sriov-cni-cache.ts';
import { CACHE, ORIGINAL } from '../host/sriov-cni-files.ts';

const HOST_MAC = ORIGINAL.EffectiveMAC;
const ADMIN_MAC = '02:00:00:00:00:0a';
const POD_MAC = '02:00:00:00:00:0b';
const NO_MAC = '00:00:00:00:00:00';

/** What was, of a network that configures this on a VF that was such. */
const beforeOf = (configured: object, original: object = {}) =>
  beforeInCache(parseSriovCniCache({ ...CACHE, ...configured, OrigVfState: { ...ORIGINAL, ...original } }));

describe('of the settings, those are restored that the network configures', () => {
  const was = { Vlan: 5, VlanQoS: 2, Trust: true, LinkState: 2, MinTxRate: 10, MaxTxRate: 100 };

  test.each<[string, object, object]>([
    ['none', {}, {}],
    ['VLAN', { vlan: 100 }, { vlan: { id: 5, qos: 2 } }],
    ['VLAN 0', { vlan: 0, vlanQoS: 0 }, { vlan: { id: 5, qos: 2 } }],
    ['spoofchk', { spoofchk: 'off' }, { spoofchk: 'on' }],
    ['trust', { trust: 'off' }, { trust: 'on' }],
    ['link state', { link_state: 'auto' }, { linkState: 'disable' }],
    ['one rate, which sets both', { min_tx_rate: 0 }, { minTxRate: 10, maxTxRate: 100 }],
    ['the other rate', { max_tx_rate: 50 }, { minTxRate: 10, maxTxRate: 100 }],
  ])('%s', (_title, configured, settings) => {
    expect(beforeOf(configured, was).settings).toEqual(settings);
  });

  test.each([
    [0, undefined],
    [0x8100, undefined],
    [0x0081, undefined],
    [0x88a8, '802.1ad'],
    [0xa888, '802.1ad'],
  ])('VLAN protocol %i, of either byte order', (VlanProto, protocol) => {
    expect(beforeOf({ vlan: 9 }, { Vlan: 5, VlanProto }).settings.vlan?.protocol).toBe(protocol);
  });

  test.each([
    [0, 'auto'],
    [1, 'enable'],
    [2, 'disable'],
    [3, undefined],
  ])('link state %i', (LinkState, linkState) => {
    expect(beforeOf({ link_state: 'auto' }, { LinkState }).settings).toEqual(linkState ? { linkState } : {});
  });
});

describe('the MACs before', () => {
  test.each<[string, object, object, { mac: string; adminMac?: object }]>([
    ['no MAC configured', {}, { AdminMAC: ADMIN_MAC }, { mac: HOST_MAC }],
    [
      'a VF without admin MAC',
      { MAC: POD_MAC },
      {},
      { mac: HOST_MAC, adminMac: { shown: NO_MAC, isPinned: false } },
    ],
    [
      'a VF with an admin MAC',
      { MAC: POD_MAC },
      { AdminMAC: ADMIN_MAC },
      { mac: HOST_MAC, adminMac: { shown: ADMIN_MAC, isPinned: true } },
    ],
    [
      'a VF that showed the MAC of the pod already',
      { MAC: POD_MAC },
      { AdminMAC: ADMIN_MAC, EffectiveMAC: POD_MAC },
      { mac: ADMIN_MAC, adminMac: { shown: ADMIN_MAC, isPinned: true } },
    ],
    [
      'the same, but nothing else is known',
      { MAC: POD_MAC },
      { EffectiveMAC: POD_MAC },
      { mac: POD_MAC, adminMac: { shown: NO_MAC, isPinned: false } },
    ],
    ['only the admin MAC is cached', {}, { AdminMAC: ADMIN_MAC, EffectiveMAC: '' }, { mac: ADMIN_MAC }],
    ['no admin MAC is cached', { MAC: POD_MAC }, { AdminMAC: '' }, { mac: HOST_MAC }],
  ])('%s', (_title, configured, original, { mac, adminMac }) => {
    const { link, adminMac: found } = beforeOf(configured, original);
    expect({ mac: link?.mac, adminMac: found }).toEqual({ mac, adminMac });
  });
});

test.each([
  ['as it was', { MTU: 9000 }, 1400, 9000],
  ['else as ADD found it', { MTU: 0 }, 1400, 1400],
  ['else the usual', { MTU: undefined }, null, 1500],
])('the MTU is %s', (_title, original, MTU, mtu) => {
  expect(beforeOf({ MTU }, original).link?.mtu).toBe(mtu);
});

test('a VF of a driver for userspace had no link', () => {
  expect(beforeOf({}, { HostIFName: '', EffectiveMAC: '', MTU: 0 })).toEqual({ settings: {} });
});

test.each([
  ['no object', [], /expected an object/],
  ['no device', { ...CACHE, deviceID: 'x' }, /deviceID: expected a PCI address/],
  ['no state', { ...CACHE, OrigVfState: undefined }, /OrigVfState: expected an object, got nothing/],
  ['no MAC', { ...CACHE, OrigVfState: { ...ORIGINAL, EffectiveMAC: '' } }, /EffectiveMAC: expected a MAC/],
])('a cache that cannot be used says why: %s', (_title, cache, message) => {
  expect(() => parseSriovCniCache(cache)).toThrow(message);
});
