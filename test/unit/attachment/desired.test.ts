import { expect, test } from 'vitest';
import { dataDirOf, desiredOf, touchesPf } from '../../../src/attachment/desired.ts';
import { addRequest, type Call, TUTORIAL_IPAM } from '../../fakes/requests.ts';

const [CONFIGURED = '', ARGUMENT, OF_ARGS, RUNTIME] = [1, 2, 3, 4].map((n) => `02:00:00:00:00:0${n}`);
const cniArgs = `MAC=${ARGUMENT}`;
const args = { cni: { mac: OF_ARGS } };
const runtimeConfig = { mac: RUNTIME };

test.each<[string, Call, string | undefined]>([
  ['none', {}, undefined],
  ['the configured one', { conf: { mac: CONFIGURED } }, CONFIGURED],
  ['that of CNI_ARGS before the configured one', { conf: { mac: CONFIGURED }, cniArgs }, ARGUMENT],
  ['that of args.cni before both', { conf: { mac: CONFIGURED, args }, cniArgs }, OF_ARGS],
  ['that of runtimeConfig before all', { conf: { mac: CONFIGURED, args, runtimeConfig }, cniArgs }, RUNTIME],
  ['that of runtimeConfig alone', { conf: { runtimeConfig } }, RUNTIME],
])('the wanted MAC is %s', (_title, call, expected) => {
  expect(desiredOf(addRequest(call)).mac).toBe(expected);
});

test('the addresses that a pod requests are those of all places, each once', () => {
  const args = { cni: { ips: ['10.0.0.6', '10.0.0.5'] } };
  const conf = { ipam: TUTORIAL_IPAM, args, runtimeConfig: { ips: ['10.0.0.7/24'] } };
  expect(desiredOf(addRequest({ conf, cniArgs: 'IP=10.0.0.5' })).ipam?.requested).toEqual([
    '10.0.0.5',
    '10.0.0.6',
    '10.0.0.7/24',
  ]);
});

test.each([
  ['802.1q', {}],
  ['802.1ad', { protocol: '802.1ad' }],
])('a VLAN is by 802.1Q if nothing else is said: %s', (vlanProto, expected) => {
  expect(desiredOf(addRequest({ conf: { vlan: 5, vlanProto } })).settings.vlan).toEqual({
    id: 5,
    qos: 0,
    ...expected,
  });
});

test('link state and rates are settings, 0 too', () => {
  const conf = { link_state: 'auto', min_tx_rate: 0, max_tx_rate: 0 };
  expect(desiredOf(addRequest({ conf })).settings).toEqual({ linkState: 'auto', minTxRate: 0, maxTxRate: 0 });
});

test('a VLAN without a priority has priority 0', () => {
  expect(desiredOf(addRequest({ conf: { vlan: 5 } })).settings).toEqual({ vlan: { id: 5, qos: 0 } });
});

test('VLAN 0 is a setting, no VLAN is none', () => {
  expect(desiredOf(addRequest({ conf: { vlan: 0 } })).settings).toEqual({ vlan: { id: 0, qos: 0 } });
  expect(desiredOf(addRequest()).settings).toEqual({});
});

test('addresses are kept where host-local keeps them, unless the network says where', () => {
  expect(dataDirOf({})).toBe('/var/lib/cni/networks');
  expect(dataDirOf({ ipam: { dataDir: '/elsewhere' } })).toBe('/elsewhere');
});

test.each([
  [false, {}],
  [false, { mtu: 1400 }],
  [true, { mac: CONFIGURED }],
  [true, { vlan: 0 }],
  [true, { trust: 'off' }],
])('whether the PF is asked: %s for %o', (expected, conf) => {
  expect(touchesPf(desiredOf(addRequest({ conf })))).toBe(expected);
});
