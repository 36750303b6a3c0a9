import { expect, test } from 'vitest';
import type { Change } from '../../../src/attachment/change.ts';
import { commandOf, wordsOf } from '../../../src/host/ip-words.ts';

const onPf = { kind: 'set-vf', pf: 'enp1s0', index: 3 } as const;
const onLink = { kind: 'set-link', place: 'home', link: 'net1' } as const;

const words: readonly [string, Change][] = [
  ['link set dev enp1s0 vf 3 vlan 100 qos 3', { ...onPf, settings: { vlan: { id: 100, qos: 3 } } }],
  ['link set dev enp1s0 vf 3 vlan 0 qos 0', { ...onPf, settings: { vlan: { id: 0, qos: 0 } } }],
  [
    'link set dev enp1s0 vf 3 spoofchk off trust on mac 02:00:00:00:00:01',
    { ...onPf, settings: { mac: '02:00:00:00:00:01', trust: 'on', spoofchk: 'off' } },
  ],
  [
    'link set dev enp1s0 vf 3 vlan 5 qos 0 proto 802.1ad',
    { ...onPf, settings: { vlan: { id: 5, qos: 0, protocol: '802.1ad' } } },
  ],
  ['link set dev enp1s0 vf 3 state disable', { ...onPf, settings: { linkState: 'disable' } }],
  [
    'link set dev enp1s0 vf 3 max_tx_rate 1000 min_tx_rate 0',
    { ...onPf, settings: { minTxRate: 0, maxTxRate: 1000 } },
  ],
  ['link set dev enp1s0 vf 3 max_tx_rate 0', { ...onPf, settings: { maxTxRate: 0 } }],
  ['link set dev net1 name enp1s0v0', { ...onLink, settings: { name: 'enp1s0v0' as never } }],
  [
    'link set dev net1 address 02:00:00:00:00:01 mtu 1400 promisc on allmulticast off up',
    {
      ...onLink,
      settings: {
        mac: '02:00:00:00:00:01',
        mtu: 1400,
        isPromiscuous: true,
        isAllMulticast: false,
        isUp: true,
      },
    },
  ],
  [
    'link set dev net1 txqueuelen 9 arp off xdp off',
    { ...onLink, settings: { txQueueLength: 9, hasArp: false, hasXdp: false } },
  ],
  ['link set dev net1 alias  down', { ...onLink, settings: { alias: '', isUp: false } }],
  ['link property add dev net1 altname a', { kind: 'add-altname', link: 'net1', altname: 'a' }],
  [
    'link property del dev net1 altname a',
    { kind: 'remove-altname', place: 'sandbox', link: 'net1', altname: 'a' },
  ],
  ['link set dev vf0 netns /proc/self/fd/4 name net1', { kind: 'move-in', link: 'vf0', name: 'net1' }],
  ['link set dev net1 netns /proc/self/fd/5 name vf0', { kind: 'move-home', link: 'net1', name: 'vf0' }],
  ['-w net/ipv6/x=0', { kind: 'set-sysctl', paths: ['ipv6/x'], value: '0' }],
  ['address add 10.0.0.2/24 dev net1 brd +', { kind: 'add-address', link: 'net1', address: '10.0.0.2/24' }],
  [
    'address add 2001:db8::2/64 dev net1 nodad',
    { kind: 'add-address', link: 'net1', address: '2001:db8::2/64' },
  ],
  [
    'address add 2001:db8::2/64 dev net1',
    { kind: 'add-address', link: 'net1', address: '2001:db8::2/64', detectsDuplicates: true },
  ],
  [
    'route prepend 10.0.0.0/8 via 10.9.0.1 dev net1 metric 7 table 100 scope 253 mtu 1400 advmss 1360',
    {
      kind: 'add-route',
      link: 'net1',
      dst: '10.0.0.0/8',
      gw: '10.9.0.1',
      priority: 7,
      table: 100,
      scope: 253,
      mtu: 1400,
      advmss: 1360,
    },
  ],
  ['route prepend ::/0 dev net1 metric 0', { kind: 'add-route', link: 'net1', dst: '::/0', priority: 0 }],
  ['route prepend 10.9.0.1/32 dev net1', { kind: 'add-route', link: 'net1', dst: '10.9.0.1/32' }],
  [
    'route prepend ::/0 via fe80::1 dev net1 metric 512',
    { kind: 'add-route', link: 'net1', dst: '::/0', gw: 'fe80::1' },
  ],
];

test.each(words)('a change is written "%s" (F6, F7, F10, F12, PAIN-21)', (expected, change) => {
  expect(wordsOf(change).join(' ')).toBe(expected);
});

const commands: readonly [string, Change][] = [
  ['ip link set dev vf0 netns /proc/self/fd/4 name net1', { kind: 'move-in', link: 'vf0', name: 'net1' }],
  ["ip link set dev vf0 alias ''", { kind: 'set-link', place: 'home', link: 'vf0', settings: { alias: '' } }],
  ['sysctl -w net/ipv4/x=1 net/ipv6/y=1', { kind: 'set-sysctl', paths: ['ipv4/x', 'ipv6/y'], value: '1' }],
  [
    'echo 1 > /sys/bus/pci/devices/0000:01:10.0/reset',
    { kind: 'reset-function', device: '0000:01:10.0' as never },
  ],
];

test.each(commands)('a person would type "%s"', (expected, change) => {
  expect(commandOf(change)).toBe(expected);
});
