import { expect, test } from 'vitest';
import { someOf } from '../figures.ts';
import { EVERY_SETTING, type Json, TUTORIAL, useNode, VF } from './node.ts';

const node = useNode();

const { mac: MAC } = EVERY_SETTING;

test('all settings are on the VF after ADD, and as they were after DEL (F6, F11, F13)', async () => {
  const before = await node.snapshot();
  const netconf = { ...TUTORIAL, cniVersion: '1.1.0', ...EVERY_SETTING };
  const result = await node.add({ netconf });
  expect(result.interfaces).toEqual([
    { name: 'net1', mac: MAC, mtu: 1400, sandbox: '/run/netns/pod1', pciID: VF },
  ]);
  expect(await node.shown(0)).toMatchObject({
    address: MAC,
    vlan_list: [{ vlan: 100, qos: 3 }],
    spoofchk: false,
    trust: true,
  });
  expect(await node.link('net1', 'pod1')).toMatchObject({ address: MAC, mtu: 1400 });
  await node.del({ netconf });
  expect(await node.snapshot()).toEqual(before);
});

test('settings that are not asked for are not written (DEF-17, PAIN-19)', async () => {
  const pf = await node.linkName('0000:01:00.0');
  await node.sh(`ip link set ${pf} vf 0 vlan 42 qos 5 spoofchk off trust on`);
  const before = await node.snapshot();
  const { log } = await node.cni('ADD');
  expect(log).not.toContain('set VF');
  expect(await node.shown(0)).toMatchObject({
    vlan_list: [{ vlan: 42, qos: 5 }],
    spoofchk: false,
    trust: true,
  });
  await node.del();
  expect(await node.snapshot()).toEqual(before);
  await node.sh(`ip link set ${pf} vf 0 vlan 0 spoofchk on trust off`);
});

test('vlan 0 takes away a VLAN, and DEL brings it back (PAIN-12)', async () => {
  const pf = await node.linkName('0000:01:00.0');
  await node.sh(`ip link set ${pf} vf 0 vlan 42 qos 5`);
  const before = await node.snapshot();
  const netconf = { ...TUTORIAL, vlan: 0 };
  await node.add({ netconf });
  expect((await node.shown(0)).vlan_list).toEqual([{}]);
  await node.del({ netconf });
  expect(await node.snapshot()).toEqual(before);
  await node.sh(`ip link set ${pf} vf 0 vlan 0`);
});

test('the MAC of runtimeConfig goes before that of CNI_ARGS, and that before the configured one (F9)', async () => {
  const netconf = { ...TUTORIAL, mac: '02:aa:00:00:00:0a' };
  const args = 'IgnoreUnknown=1;MAC=02:aa:00:00:00:0b';
  const both = { ...netconf, capabilities: { mac: true }, runtimeConfig: { mac: '02:aa:00:00:00:0c' } };
  const calls = [
    [{ netconf }, '02:aa:00:00:00:0a'],
    [{ netconf, args }, '02:aa:00:00:00:0b'],
    [{ netconf: both, args }, '02:aa:00:00:00:0c'],
  ] as const;
  for (const [call, mac] of someOf('MACs', calls, { fast: 2 })) {
    expect((await node.add(call)).interfaces[0].mac).toBe(mac);
    await node.del(call);
  }
});

/** How the host administrator may have left the VF: what ADD has to get along with, and DEL to bring back. */
const HOSTS: Record<string, (names: { pf: string; vf: string }) => string> = {
  'free to choose its MAC': () => 'true',
  'free and up': ({ vf }) => `ip link set ${vf} up`,
  'with an admin MAC': ({ pf, vf }) =>
    `ip link set ${pf} vf 0 mac 02:bb:00:00:00:09; ip link set ${vf} up; ip link set ${vf} down`,
  'with an admin MAC, and up': ({ pf, vf }) =>
    `ip link set ${pf} vf 0 mac 02:bb:00:00:00:0b; ip link set ${vf} up; ip link set ${vf} down;ip link set ${vf} up`,
  'with an admin MAC, and trusted': ({ pf, vf }) =>
    `ip link set ${pf} vf 0 mac 02:bb:00:00:00:0a trust on; ip link set ${vf} up; ip link set ${vf} down`,
};

/** Only its refusal of another MAC, while it is not trusted, tells that a VF is pinned. */
const PIN_PROBE = ({ pf, vf, own, trust }: Record<'pf' | 'vf' | 'own' | 'trust', string>) =>
  `ip link set ${pf} vf 0 trust off
  ip link set ${vf} address 02:dd:00:00:00:01 2>/dev/null && ip link set ${vf} address ${own} && echo free || echo pinned
  ip link set ${pf} vf 0 trust ${trust}`;

async function macState(): Promise<Json> {
  const vf = await node.linkName(VF);
  const own = (await node.link(vf)).address;
  const { address: shown, trust: isTrusted } = await node.shown(0);
  const pf = await node.linkName('0000:01:00.0');
  return { own, shown, pin: await node.sh(PIN_PROBE({ pf, vf, own, trust: isTrusted ? 'on' : 'off' })) };
}

const TRUST = { trust: 'on' };
const CASES = [
  { host: 'free to choose its MAC', beside: 'alone', settings: {} },
  ...Object.keys(HOSTS).map((host) => ({
    host,
    beside: 'beside trust, which the pod uses',
    settings: TRUST,
  })),
];

for (const { host, beside, settings } of someOf('MAC on a VF', CASES, { fast: 2 })) {
  test(`MAC ${beside}, on a VF ${host}: set by ADD, and everything as before after DEL (PAIN-15)`, async () => {
    const names = { pf: await node.linkName('0000:01:00.0'), vf: await node.linkName(VF) };
    await node.sh(HOSTS[host]?.(names) ?? '');
    const state = await macState();
    const before = await node.snapshot();
    const netconf = { ...TUTORIAL, mac: MAC, ...settings };
    const result = await node.add({ netconf });
    expect(result.interfaces[0].mac).toBe(MAC);
    expect((await node.link('net1', 'pod1')).address).toBe(MAC);
    expect((await node.shown(0)).address).toBe(MAC);
    if ('trust' in settings) await node.sh('ip -n pod1 link set net1 address 02:ee:00:00:00:01');
    await node.del({ netconf });
    expect(await node.snapshot()).toEqual(before);
    expect(await macState()).toEqual(state);
    await node.sh(`ip link set ${names.vf} down; ip link set ${names.pf} vf 0 mac 00:00:00:00:00:00 trust off
      ip link set ${names.vf} address 02:00:00:00:aa:00; ip link set ${names.vf} up; ip link set ${names.vf} down`);
  });
}

test('a VF that got and lost a MAC is not deaf: it still receives', async () => {
  const netconf = { ...TUTORIAL, mac: MAC };
  await node.add({ netconf });
  await node.del({ netconf });
  await node.addPod('pod2');
  await node.add();
  const second = { netconf: { ...TUTORIAL, deviceID: '0000:01:10.2' }, containerId: 'pod2', netns: 'pod2' };
  await node.add(second);
  await node.sh(
    'for i in $(seq 30); do ip netns exec pod2 ping -q -c 1 -W 1 10.20.30.2 && exit 0; done; exit 1',
  );
  await node.del();
  await node.del(second);
});

test('an MTU above that of the PF is refused before any change', async () => {
  const before = await node.snapshot();
  const { json } = await node.cni('ADD', { netconf: { ...TUTORIAL, mtu: 9000 } });
  expect(json).toMatchObject({
    code: 7,
    details: expect.stringMatching(/mtu: cannot be 9000, the PF \S+ has 1500/),
  });
  expect(await node.snapshot()).toEqual(before);
});
