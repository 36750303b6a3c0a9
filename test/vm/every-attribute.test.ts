import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { someOf } from '../figures.ts';
import { type Json, useNodeOfItsOwn } from './node.ts';
import { netdevsimPf, newLink, planted } from './planted-devices.ts';

/** igb refuses most of these settings; netdevsim takes them all. */
const node = useNodeOfItsOwn({ vfs: 0 });

const PF = '0000:05:00.0';
const VF = '0000:05:10.0';
const LINK = 'enp5s0v0';
const MAC = '02:aa:00:00:00:01';

const networkWith = (settings: object) => ({
  netconf: { type: 'sriov', cniVersion: '1.0.0', name: 'l2', deviceID: VF, ...settings },
});

let pf: string;
const vf0 = (words: string) => node.sh(`ip link set ${pf} vf 0 ${words}`);

/** Without the old spelling of the maximum rate. */
async function shown(): Promise<Json> {
  const { tx_rate: _, ...attributes } = await node.shown(0, PF);
  return attributes;
}

beforeAll(async () => {
  await node.sh(planted(netdevsimPf({ pf: PF, vf: VF, link: LINK })));
  pf = await node.linkName(PF);
});

beforeEach(() => node.sh(`ip link show ${LINK} >/dev/null || ${newLink(LINK)}`));

const HOSTS = {
  'as it was made':
    'vlan 0 mac 00:00:00:00:00:00 max_tx_rate 0 min_tx_rate 0 state auto trust off spoofchk off',
  'configured by the host':
    'vlan 7 qos 2 proto 802.1ad mac 02:bb:00:00:00:09 max_tx_rate 500 min_tx_rate 10 state disable trust on spoofchk on',
};

const ALL = {
  vlan: 100,
  vlanQoS: 3,
  vlanProto: '802.1ad',
  mac: MAC,
  min_tx_rate: 20,
  max_tx_rate: 200,
  link_state: 'enable',
  trust: 'off',
  spoofchk: 'on',
};

test.for(someOf('hosts', Object.entries(HOSTS), { fast: 1 }))(
  'all settings at once, on a VF %s',
  async ([, words]) => {
    await vf0(words);
    const before = await node.snapshot();
    await node.add(networkWith(ALL));
    expect(await shown()).toMatchObject({
      vlan_list: [{ vlan: 100, qos: 3, protocol: '802.1ad' }],
      address: MAC,
      rate: { min_tx: 20, max_tx: 200 },
      link_state: 'enable',
      trust: false,
      spoofchk: true,
    });
    expect((await node.link('net1', 'pod1')).address).toBe(MAC);
    await node.del(networkWith(ALL));
    expect(await node.snapshot()).toEqual(before);
  },
);

describe('on a VF that the host configured', () => {
  beforeEach(() => vf0(HOSTS['configured by the host']));

  const CHANGES = [
    [{ vlan: 100 }, { vlan_list: [{ vlan: 100 }] }],
    [{ vlan: 7, vlanQoS: 2 }, { vlan_list: [{ vlan: 7, qos: 2 }] }],
    [
      { vlan: 7, vlanQoS: 5, vlanProto: '802.1ad' },
      { vlan_list: [{ vlan: 7, qos: 5, protocol: '802.1ad' }] },
    ],
    [{ vlan: 0 }, { vlan_list: [{}] }],
    [{ mac: MAC }, { address: MAC }],
    [{ min_tx_rate: 40 }, { rate: { min_tx: 40, max_tx: 500 } }],
    [{ max_tx_rate: 400 }, { rate: { min_tx: 10, max_tx: 400 } }],
    [{ min_tx_rate: 0, max_tx_rate: 0 }, { rate: { min_tx: 0, max_tx: 0 } }],
    [{ link_state: 'auto' }, { link_state: 'auto' }],
  ] as const;

  test.for(someOf('settings', CHANGES, { fast: 3 }))(
    '%j changes nothing else, and is undone',
    async ([settings, change]) => {
      const was = await shown();
      const before = await node.snapshot();
      await node.add(networkWith(settings));
      expect(await shown()).toEqual({ ...was, ...change });
      await node.del(networkWith(settings));
      expect(await node.snapshot()).toEqual(before);
    },
  );

  const AS_IT_IS: readonly object[] = [
    {},
    {
      vlan: 7,
      vlanQoS: 2,
      vlanProto: '802.1ad',
      min_tx_rate: 10,
      max_tx_rate: 500,
      link_state: 'disable',
      trust: 'on',
      spoofchk: 'on',
    },
  ];

  test.for(someOf('as it is', AS_IT_IS, { fast: 1 }))('%j writes nothing', async (settings) => {
    const was = await shown();
    const { code, log } = await node.cni('ADD', networkWith(settings));
    expect(code, log).toBe(0);
    expect(log).not.toContain('set VF');
    expect(await shown()).toEqual(was);
    await node.del(networkWith(settings));
  });

  test('a minimum rate above the maximum that the VF has is refused, and nothing is changed', async () => {
    const before = await node.snapshot();
    expect(
      (await node.cni('ADD', networkWith({ ...ALL, max_tx_rate: undefined, min_tx_rate: 600 }))).code,
    ).toBe(1);
    expect(await node.snapshot()).toEqual(before);
  });
});

const REFUSALS = [
  [{ vlanProto: '802.1ad' }, 'vlanProto'],
  [{ vlan: 0, vlanProto: '802.1ad' }, 'vlanProto'],
  [{ vlan: 100, vlanProto: '802.1x' }, 'vlanProto'],
  [{ vlan: 0, vlanQoS: 3 }, 'vlanQoS'],
  [{ link_state: 'up' }, 'link_state'],
  [{ min_tx_rate: 20, max_tx_rate: 10 }, 'min_tx_rate'],
  [{ min_tx_rate: -1 }, 'min_tx_rate'],
  [{ max_tx_rate: 1.5 }, 'max_tx_rate'],
] as const;

test('combinations that mean nothing are refused (PAIN-25)', async () => {
  for (const [settings, key] of someOf('refused settings', REFUSALS, { fast: 3 })) {
    const { json } = await node.cni('ADD', networkWith(settings));
    expect(json).toMatchObject({ code: 7, details: expect.stringContaining(key) });
  }
});

/** What somebody changes behind our back, and how it was. */
const DRIFTS = {
  'vlan 100 qos 3': 'vlan 100 qos 3 proto 802.1ad',
  'min_tx_rate 30': 'min_tx_rate 20',
  'max_tx_rate 300': 'max_tx_rate 200',
  'state disable': 'state enable',
};

test('CHECK finds each difference', async () => {
  await vf0(HOSTS['as it was made']);
  const prevResult = await node.add(networkWith(ALL));
  const check = async (): Promise<Json> =>
    (await node.cni('CHECK', networkWith({ ...ALL, prevResult }))).json?.code ?? 'silent';
  for (const [drift, right] of someOf('drifts', Object.entries(DRIFTS), { fast: 2 })) {
    await vf0(drift);
    expect(await check(), drift).toBe(103);
    await vf0(right);
    expect(await check(), right).toBe('silent');
  }
  await node.del(networkWith(ALL));
});

test('a VF whose PF is in switchdev mode is refused, with what attaches it instead', async () => {
  await node.sh(
    'devlink dev eswitch set netdevsim/netdevsim1 mode switchdev; udevadm settle 2>/dev/null; true',
  );
  const before = await node.snapshot();
  const { json } = await node.cni('ADD', networkWith({}));
  expect(json).toMatchObject({ code: 106, details: expect.stringContaining('switchdev') });
  expect(json.details).toMatch(/ovs-cni|accelerated-bridge/);
  expect(await node.snapshot()).toEqual(before);
  await node.sh('devlink dev eswitch set netdevsim/netdevsim1 mode legacy');
});
