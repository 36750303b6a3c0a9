import { describe, expect, test } from 'vitest';
import { linkOf, othersThan, parseLinks, parseNetwork, shownOf } from '../../../src/host/ip-output.ts';
import { recorded } from './recorded.ts';

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
        hasCarrier: false,
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
      '[{"ifindex":4,"ifname":"v","flags":["UP","PROMISC","ALLMULTI","LOWER_UP"],"mtu":9,"link_type":"none","master":"bond0"}]\n',
    );
    expect(link && linkOf(link)).toMatchObject({
      isUp: true,
      hasCarrier: true,
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
  const UNCHANGED = { spoofchk: 'on', trust: 'off', linkState: 'auto', minTxRate: 0, maxTxRate: 0 };

  test.each([
    [0, { mac: '9a:29:63:1c:a2:2d', vlan: { id: 100, qos: 3 }, ...UNCHANGED }],
    [1, { mac: '2a:f1:96:c3:12:78', vlan: { id: 0, qos: 0 }, ...UNCHANGED }],
    [7, undefined],
  ])('VF %i (DEF-19)', (index, expected) => {
    expect(pf && shownOf(pf, index)).toEqual(expected);
  });

  const shownWith = (info: object) => {
    const [other] = parseLinks(
      JSON.stringify([
        { ifindex: 2, ifname: 'p', flags: [], mtu: 1, link_type: 'ether', vfinfo_list: [{ vf: 2, ...info }] },
      ]),
    );
    return other && shownOf(other, 2);
  };

  test.each<[string, object, object]>([
    [
      'a VLAN by 802.1ad',
      { vlan_list: [{ vlan: 5, qos: 1, protocol: '802.1ad' }] },
      { vlan: { id: 5, qos: 1, protocol: '802.1ad' } },
    ],
    [
      'a VLAN by 802.1Q, which is not worth a word',
      { vlan_list: [{ vlan: 5, protocol: '802.1Q' }] },
      { vlan: { id: 5, qos: 0 } },
    ],
    ['rates', { rate: { max_tx: 1000, min_tx: 10 } }, { minTxRate: 10, maxTxRate: 1000 }],
    ['a link state', { link_state: 'disable' }, { linkState: 'disable' }],
  ])('%s', (_title, info, expected) => {
    expect(shownWith(info)).toEqual({ mac: '', vlan: { id: 0, qos: 0 }, ...expected });
  });

  test('no link state of which we know nothing', () => {
    expect(shownWith({ link_state: 'unknown' })).not.toHaveProperty('linkState');
  });

  test('the MACs of the other VFs', () => {
    expect(pf && othersThan(pf, 0)).toEqual([{ index: 1, mac: '2a:f1:96:c3:12:78' }]);
  });

  test('nothing of settings that its driver does not have', () => {
    const [other] = parseLinks(
      '[{"ifindex":2,"ifname":"p","flags":[],"mtu":1,"link_type":"ether","vfinfo_list":[{"vf":2,"address":"00:00:00:00:00:00"}]}]',
    );
    expect(other && shownOf(other, 2)).toEqual({ mac: '00:00:00:00:00:00', vlan: { id: 0, qos: 0 } });
  });

  test('nothing if it lists no VFs (PAIN-45)', () => {
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
      tentative: [],
      duplicate: [],
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

  test('addresses for which duplicate detection is under way, or has found another', () => {
    const info = [
      { local: '2001:db8::2', prefixlen: 64, tentative: true },
      { local: '2001:db8::3', prefixlen: 64, tentative: true, dadfailed: true },
      { local: '2001:db8::4', prefixlen: 64 },
    ];
    expect(parseNetwork(JSON.stringify([{ addr_info: info }]), '')).toMatchObject({
      tentative: ['2001:db8::2/64'],
      duplicate: ['2001:db8::3/64'],
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
    expect(parseNetwork(stdout, stdoutOfIpv6)).toEqual({
      addresses: [],
      tentative: [],
      duplicate: [],
      routes: [],
    });
  });
});
