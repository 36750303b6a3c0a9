import { describe, expect, test } from 'vitest';
import type { Change } from '../../../src/attachment/change.ts';
import { linkOf, parseLinks, parseNetwork, shownOf, wordsOf } from '../../../src/host/iproute2.ts';
import { recorded } from './recorded.ts';

const onPf = { kind: 'set-vf', pf: 'enp1s0', index: 3 } as const;
const onLink = { kind: 'set-link', place: 'home', link: 'net1' } as const;

const words: readonly [string, Change][] = [
  ['link set dev enp1s0 vf 3 vlan 100 qos 3', { ...onPf, settings: { vlan: { id: 100, qos: 3 } } }],
  ['link set dev enp1s0 vf 3 vlan 0 qos 0', { ...onPf, settings: { vlan: { id: 0, qos: 0 } } }],
  [
    'link set dev enp1s0 vf 3 spoofchk off trust on mac 02:00:00:00:00:01',
    { ...onPf, settings: { mac: '02:00:00:00:00:01', trust: 'on', spoofchk: 'off' } },
  ],
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
  ['-w net/ipv6/x=0', { kind: 'set-sysctl', path: 'ipv6/x', value: '0' }],
  ['address add 10.0.0.2/24 dev net1 brd +', { kind: 'add-address', link: 'net1', address: '10.0.0.2/24' }],
  [
    'address add 2001:db8::2/64 dev net1 nodad',
    { kind: 'add-address', link: 'net1', address: '2001:db8::2/64' },
  ],
  ['route prepend 10.9.0.1/32 dev net1', { kind: 'add-route', link: 'net1', dst: '10.9.0.1/32' }],
  [
    'route prepend ::/0 via fe80::1 dev net1 metric 512',
    { kind: 'add-route', link: 'net1', dst: '::/0', gw: 'fe80::1' },
  ],
];

test.each(words)('a change is written "%s"', (expected, change) => {
  expect(wordsOf(change).join(' ')).toBe(expected);
});

describe('what ip prints of a link', () => {
  test('a VF at home', () => {
    expect(parseLinks(recorded('igb/vf.json')).map(linkOf)).toEqual([
      {
        name: 'enp1s0v0',
        mac: '9a:29:63:1c:a2:2d',
        mtu: 1500,
        isUp: false,
        isPromiscuous: false,
        isAllMulticast: false,
        isMulticast: true,
        hasArp: true,
        hasXdp: false,
        txQueueLength: 0,
        alias: '',
        altnames: [],
        linkType: 'ether',
        parentDevice: '0000:01:10.0',
      },
    ]);
  });

  test('a VF that came home, with alias and altname', () => {
    expect(parseLinks(recorded('igb/vf-home-again.json')).map(linkOf)).toMatchObject([
      { name: 'net1', alias: 'sriov/0000:01:10.0/x', altnames: ['enp1s0v0'] },
    ]);
  });

  test('flags, master and no address', () => {
    const [link] = parseLinks(
      '[{"ifindex":4,"ifname":"v","flags":["UP","PROMISC","ALLMULTI"],"mtu":9,"link_type":"none","master":"bond0"}]\n',
    );
    expect(link && linkOf(link)).toMatchObject({
      isUp: true,
      isPromiscuous: true,
      isAllMulticast: true,
      mac: '',
      master: 'bond0',
      linkType: 'none',
    });
  });

  test('several documents, one of them empty, and lines that are none', () => {
    const stdout = `${recorded('igb/pf.json')}[]\n[{}]\nDump was interrupted\n${recorded('igb/vf.json')}`;
    expect(parseLinks(stdout).map(({ ifname }) => ifname)).toEqual(['enp1s0', 'enp1s0v0']);
  });
});

describe('what a PF shows of a VF', () => {
  const [pf] = parseLinks(recorded('igb/pf.json'));

  test.each([
    [0, { mac: '9a:29:63:1c:a2:2d', vlan: { id: 100, qos: 3 }, spoofchk: 'on', trust: 'off' }],
    [1, { mac: '2a:f1:96:c3:12:78', vlan: { id: 0, qos: 0 }, spoofchk: 'on', trust: 'off' }],
    [7, undefined],
  ])('VF %i', (index, expected) => {
    expect(pf && shownOf(pf, index)).toEqual(expected);
  });

  test('nothing of settings that its driver does not have', () => {
    const [other] = parseLinks(
      '[{"ifindex":2,"ifname":"p","flags":[],"mtu":1,"link_type":"ether","vfinfo_list":[{"vf":2,"address":"00:00:00:00:00:00"}]}]',
    );
    expect(other && shownOf(other, 2)).toEqual({ mac: '00:00:00:00:00:00', vlan: { id: 0, qos: 0 } });
  });

  test('nothing if it lists no VFs', () => {
    const [other] = parseLinks(recorded('igb/vf.json'));
    expect(other && shownOf(other, 0)).toBeUndefined();
  });
});

describe('what ip prints of addresses and routes', () => {
  const ADDRESSES =
    '[{"ifname":"net1","addr_info":[{"family":"inet","local":"10.0.0.2","prefixlen":24},{"family":"inet6","local":"2001:db8::2","prefixlen":64}]}]';
  const V4 =
    '[{"dst":"default","gateway":"10.9.0.1","flags":[]},{"dst":"10.0.0.0/24","scope":"link"},{"dst":"10.9.0.1","scope":"link"}]';
  const V6 =
    '[{"dst":"2001:db8::/64","flags":[]},{"dst":"2001:db8:9::1","flags":[]},{"dst":"default","gateway":"fe80::1"}]';

  test('in full: default routes and host routes, too', () => {
    expect(parseNetwork(`${ADDRESSES}\n${V4}`, V6)).toEqual({
      addresses: ['10.0.0.2/24', '2001:db8::2/64'],
      routes: [
        { dst: '0.0.0.0/0', gw: '10.9.0.1' },
        { dst: '10.0.0.0/24' },
        { dst: '10.9.0.1/32' },
        { dst: '2001:db8::/64' },
        { dst: '2001:db8:9::1/128' },
        { dst: '::/0', gw: 'fe80::1' },
      ],
    });
  });

  test('a default route on the link, of either family', () => {
    const onLink = '[{"dst":"default","scope":"link"}]';
    expect(parseNetwork(`${ADDRESSES}\n${onLink}`, onLink).routes).toEqual([
      { dst: '0.0.0.0/0' },
      { dst: '::/0' },
    ]);
  });

  test.each([
    ['', ''],
    ['[]\n[]\n', '[]\n'],
    ['[{}]\n[ ]\n', '[ ]'],
  ])('nothing: %j and %j', (stdout, stdoutOfIpv6) => {
    expect(parseNetwork(stdout, stdoutOfIpv6)).toEqual({ addresses: [], routes: [] });
  });
});
