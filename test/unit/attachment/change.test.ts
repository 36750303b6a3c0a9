import { expect, test } from 'vitest';
import { type Change, refusalText, sentenceOf } from '../../../src/attachment/change.ts';

const onPf = { kind: 'set-vf', pf: 'enp1s0', index: 3 } as const;
const onLink = { kind: 'set-link', link: 'net1' } as const;

const sentences: readonly [string, Change][] = [
  [
    'set VF 3 of enp1s0: VLAN 100 with priority 3, spoofchk off, trust on, admin MAC 02:00:00:00:00:01',
    {
      ...onPf,
      settings: { vlan: { id: 100, qos: 3 }, spoofchk: 'off', trust: 'on', mac: '02:00:00:00:00:01' },
    },
  ],
  ['set VF 3 of enp1s0: VLAN 0', { ...onPf, settings: { vlan: { id: 0, qos: 0 } } }],
  [
    'set net1 in the sandbox: MTU 1400, down',
    { ...onLink, place: 'sandbox', settings: { mtu: 1400, isUp: false } },
  ],
  [
    'set net1 on the host: MAC 02:00:00:00:00:01, alias "", promiscuous off, all multicast on, up',
    {
      ...onLink,
      place: 'home',
      settings: {
        mac: '02:00:00:00:00:01',
        alias: '',
        isPromiscuous: false,
        isAllMulticast: true,
        isUp: true,
      },
    },
  ],
  ['add altname a to net1', { kind: 'add-altname', link: 'net1', altname: 'a' }],
  [
    'remove altname a of net1 in the sandbox',
    { kind: 'remove-altname', place: 'sandbox', link: 'net1', altname: 'a' },
  ],
  ['move enp1s0v0 into the sandbox as net1', { kind: 'move-in', link: 'enp1s0v0', name: 'net1' }],
  ['move net1 back to the host as enp1s0v0', { kind: 'move-home', link: 'net1', name: 'enp1s0v0' }],
  ['write 0 to ipv6/x in the sandbox', { kind: 'set-sysctl', paths: ['ipv6/x'], value: '0' }],
  [
    'write 1 to ipv4/x and ipv6/y in the sandbox',
    { kind: 'set-sysctl', paths: ['ipv4/x', 'ipv6/y'], value: '1' },
  ],
  ['reset 0000:01:10.0', { kind: 'reset-function', device: '0000:01:10.0' as never }],
  [
    'set VF 3 of enp1s0: VLAN 5 by 802.1ad, link state enable, least transmit rate 10 Mbit/s, greatest transmit rate none',
    {
      ...onPf,
      settings: {
        vlan: { id: 5, qos: 0, protocol: '802.1ad' },
        linkState: 'enable',
        minTxRate: 10,
        maxTxRate: 0,
      },
    },
  ],
  [
    'add route to 10.0.0.0/8 on link at net1 in table 100',
    { kind: 'add-route', link: 'net1', dst: '10.0.0.0/8', table: 100 },
  ],
  ['add address 10.0.0.2/24 to net1', { kind: 'add-address', link: 'net1', address: '10.0.0.2/24' }],
  ['add route to ::/0 via fe80::1 at net1', { kind: 'add-route', link: 'net1', dst: '::/0', gw: 'fe80::1' }],
  ['add route to 10.0.0.1/32 on link at net1', { kind: 'add-route', link: 'net1', dst: '10.0.0.1/32' }],
];

test.each(sentences)('a change reads "%s"', (sentence, change) => {
  expect(sentenceOf(change)).toBe(sentence);
});

test('a refusal names the change, the reason and the command to try', () => {
  const change: Change = { kind: 'move-in', link: 'vf0', name: 'net1' };
  expect(refusalText({ change, reason: 'File exists', errno: 'EEXIST', command: 'ip link set ...' })).toBe(
    'Cannot move vf0 into the sandbox as net1: File exists (ip link set ...)',
  );
});
