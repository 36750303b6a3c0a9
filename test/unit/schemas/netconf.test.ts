import { describe, expect, test } from 'vitest';
import { decode } from '../../../schemas/decode.ts';
import { delegateOf, deviceIdsOf, parseNetConf } from '../../../schemas/netconf.ts';
import { DelConf, parseOwnIpam } from '../../../schemas/partial-conf.ts';

const MINIMAL = { name: 'net', type: 'sriov', deviceID: '0000:01:10.0' };
const confWith = (keys: object) => parseNetConf({ ...MINIMAL, ...keys });

test('the configuration of the tutorials is taken as it is', () => {
  const tutorial = {
    type: 'sriov',
    cniVersion: '0.3.1',
    name: 'sriov-network',
    deviceID: '0000:01:10.0',
    ipam: {
      type: 'host-local',
      subnet: '10.20.30.0/25',
      routes: [{ dst: '0.0.0.0/0' }],
      gateway: '10.20.10.1',
    },
  };
  expect(parseNetConf(tutorial)).toEqual(tutorial);
});

test('keys are known in any capitals', () => {
  expect(
    confWith({ VLAN: 5, VlanQos: 3, SpoofChk: 'on', RuntimeConfig: { MAC: '02-00-00-00-00-01' } }),
  ).toMatchObject({
    vlan: 5,
    vlanQoS: 3,
    spoofchk: 'on',
    runtimeConfig: { mac: '02:00:00:00:00:01' },
  });
});

test.each([
  ['without priority', { vlan: 5 }],
  ['with priority', { vlan: 5, vlanQoS: 7 }],
  ['with priority 0', { vlan: 5, vlanQoS: 0 }],
  ['0 without priority', { vlan: 0 }],
  ['0', { vlan: 0, vlanQoS: 0 }],
])('a VLAN may be %s', (_title, keys) => {
  expect(confWith(keys)).toMatchObject(keys);
});

test.each([
  ['without VLAN', { vlanQoS: 3 }],
  ['with VLAN 0', { vlan: 0, vlanQoS: 3 }],
])('a priority may not be %s (PAIN-25)', (_title, keys) => {
  expect(() => confWith(keys)).toThrow(
    expect.objectContaining({
      fault: 'netconf',
      message: 'vlanQoS: expected a `vlan` other than 0 beside it, got 3',
    }),
  );
});

test('all that is wrong is told at once', () => {
  const wrong = {
    name: '../x',
    deviceID: 'eth0',
    vlan: 4095,
    mac: 'x',
    spoofchk: 'yes',
    mtu: 12,
    ipam: { type: 'host-local', subnet: 'x' },
  };
  const error = (() => {
    try {
      return parseNetConf(wrong);
    } catch (cause) {
      return cause as Error;
    }
  })() as Error;
  const keys = error.message.split('; ').map((problem) => problem.split(':')[0]);
  expect(keys).toEqual(['name', 'deviceID', 'vlan', 'mac', 'spoofchk', 'mtu', 'ipam.subnet']);
});

describe('ipam', () => {
  test.each([{}, { type: '' }, { type: null }, { subnet: '10.0.0.0/8' }, null, ''])(
    '%j means: no addresses',
    (ipam) => {
      expect(confWith({ ipam }).ipam).toBeUndefined();
    },
  );

  test('of another plugin is for that plugin', () => {
    const json = { ...MINIMAL, ipam: { type: 'whereabouts', range: '10.0.0.0/24', routes: 'as it likes' } };
    expect(parseNetConf(json).ipam).toBeUndefined();
    expect(delegateOf(json)).toEqual({ type: 'whereabouts', netconf: json });
    expect(parseOwnIpam(json)).toBeUndefined();
  });

  test.each([undefined, {}, { type: '' }, { type: null }, { type: 'host-local' }])(
    '%j is for no other plugin',
    (ipam) => {
      expect(delegateOf({ ...MINIMAL, ipam })).toBeUndefined();
    },
  );
});

describe('the device is named', () => {
  const [A, B] = ['0000:01:10.0', '0000:01:10.2'];
  const named = (keys: object) => deviceIdsOf(parseNetConf({ name: 'net', ...keys }))[0];

  test.each([
    ['by deviceID', { deviceID: A }],
    ['by pciBusID', { pciBusID: A }],
    ['by the runtime', { runtimeConfig: { deviceID: A } }],
    [
      'by all of them, in any capitals',
      { DeviceId: A, PCIBusID: '0000:01:10.0', runtimeConfig: { DEVICEID: A } },
    ],
    ['beside names that are empty', { deviceID: '', pciBusID: null, runtimeConfig: { deviceID: A } }],
  ])('%s', (_title, keys) => {
    expect(named(keys)).toBe(A);
  });

  test.each([
    ['deviceID and pciBusID', { deviceID: A, pciBusID: B }],
    ['pciBusID and the runtime', { pciBusID: A, runtimeConfig: { deviceID: B } }],
  ])('but not one by %s, each another (PAIN-47)', (_title, keys) => {
    expect(() => named(keys)).toThrow('deviceID: expected the same device as in `pciBusID`');
  });

  test('or the configuration is refused', () => {
    expect(() => named({ runtimeConfig: {} })).toThrow('deviceID: expected the PCI address of a VF');
  });
});

describe('settings', () => {
  test.each([
    [{ vlan: 5, vlanProto: '802.1AD' }, { vlanProto: '802.1ad' }],
    [{ vlan: 0, vlanProto: '802.1q' }, { vlanProto: '802.1q' }],
    [{ link_state: 'enable' }, { link_state: 'enable' }],
    [{ MIN_TX_RATE: 5 }, { min_tx_rate: 5 }],
    [{ min_tx_rate: 5, max_tx_rate: 5 }, {}],
    [{ min_tx_rate: 5, max_tx_rate: 0 }, { max_tx_rate: 0 }],
    [{ runtimeConfig: { ips: ['10.0.0.1/24', '::1'] } }, { runtimeConfig: { ips: ['10.0.0.1/24', '::1'] } }],
    [{ dns: { nameservers: ['10.0.0.53'] } }, { dns: { nameservers: ['10.0.0.53'] } }],
  ])('%j are taken', (keys, expected) => {
    expect(confWith(keys)).toMatchObject(expected);
  });

  test.each([
    [{ vlanProto: '802.1q' }, 'vlanProto: expected a `vlan` beside it'],
    [{ vlan: 0, vlanProto: '802.1ad' }, 'vlanProto: expected a `vlan` beside it, other than 0 for 802.1ad'],
    [{ min_tx_rate: 6, max_tx_rate: 5 }, 'min_tx_rate: expected at most `max_tx_rate`, got 6'],
    [{ enabledad: 'yes' }, 'enabledad: expected true or false, got "yes"'],
  ])('%j are refused (F10, DEF-14)', (keys, message) => {
    expect(() => confWith(keys)).toThrow(message);
  });

  test.each([null, ''])('are not wanted if they are %j', (nothing) => {
    const keys = {
      vlan: nothing,
      vlanProto: nothing,
      mac: nothing,
      link_state: nothing,
      max_tx_rate: nothing,
    };
    expect(confWith(keys)).toEqual(MINIMAL);
  });
});

test('keys of nobody are ignored', () => {
  expect(confWith({ 'x-comment': 'mine', vlanID: 5 })).toEqual(MINIMAL);
});

describe('DEL', () => {
  const delConf = (value: object) => decode(DelConf, value, 'netconf');

  test('makes do with the name', () => {
    expect(delConf({ name: 'net' }).name).toBe('net');
  });

  test('takes nothing from keys that were broken since ADD', () => {
    const broken = { name: 'net', deviceID: 5, ipam: 'x', logLevel: 'loud', logFile: 'relative', vlan: 'x' };
    expect(JSON.parse(JSON.stringify(delConf(broken)))).toEqual({ name: 'net' });
  });

  test('takes where the addresses are, whatever else is in ipam', () => {
    const ipam = { type: 'dhcp', subnet: 'x', dataDir: '/elsewhere' };
    expect(delConf({ NAME: 'net', IPAM: ipam }).ipam?.dataDir).toBe('/elsewhere');
  });

  test.each([{}, { name: '../x' }, { name: '' }, { name: 5 }])('has no name of %j', (json) => {
    expect(delConf(json).name).toBeUndefined();
  });
});

describe('a list of more than 1000', () => {
  const times = <T>(count: number, entry: T) => Array.from({ length: count }, () => entry);
  const range = { subnet: '10.1.0.0/24' };

  test.each<[string, (count: number) => object, string]>([
    ['routes', (count) => ({ ipam: { routes: times(count, { dst: '10.0.0.0/8' }) } }), 'ipam.routes'],
    ['exclusions', (count) => ({ ipam: { exclude: times(count, '10.0.0.1') } }), 'ipam.exclude'],
    ['ranges in one set', (count) => ({ ipam: { ranges: [times(count, range)] } }), 'ipam.ranges[0]'],
    ['range sets', (count) => ({ ipam: { ranges: times(count, [range]) } }), 'ipam.ranges'],
    [
      "the runtime's ranges",
      (count) => ({ runtimeConfig: { ipRanges: times(count, range) } }),
      'runtimeConfig.ipRanges',
    ],
    [
      "the runtime's addresses",
      (count) => ({ runtimeConfig: { ips: times(count, '10.0.0.1') } }),
      'runtimeConfig.ips',
    ],
    ['name servers', (count) => ({ dns: { nameservers: times(count, '10.0.0.1') } }), 'dns.nameservers'],
    [
      "the pod's addresses",
      (count) => ({ args: { cni: { ips: times(count, '10.0.0.1') } } }),
      'args.cni.ips',
    ],
  ])('is refused: %s', (_title, keysWith, path) => {
    const parse = (count: number) => {
      const { ipam, ...keys } = keysWith(count) as { ipam?: object };
      return confWith({ ...keys, ...(ipam && { ipam: { type: 'host-local', ...ipam } }) });
    };
    expect(() => parse(1000)).not.toThrow();
    expect(() => parse(1001)).toThrow(`${path}: expected at most 1000`);
  });
});

test('a log level is none of the words that every JavaScript object knows', () => {
  expect(() => confWith({ logLevel: 'constructor' })).toThrow('logLevel: expected one of panic');
});
