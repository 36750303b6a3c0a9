import { describe, expect, test } from 'vitest';
import { decode } from '../../../schemas/decode.ts';
import { DelConf, parseNetConf } from '../../../schemas/netconf.ts';

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
  ['0 with priority 0', { vlan: 0, vlanQoS: 0 }],
])('a VLAN may be %s', (_title, keys) => {
  expect(confWith(keys)).toMatchObject(keys);
});

test.each([
  ['without VLAN', { vlanQoS: 3 }],
  ['with VLAN 0', { vlan: 0, vlanQoS: 3 }],
])('a priority may not be %s', (_title, keys) => {
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
    ipam: { type: 'dhcp' },
  };
  const error = (() => {
    try {
      return parseNetConf(wrong);
    } catch (cause) {
      return cause as Error;
    }
  })() as Error;
  const keys = error.message.split('; ').map((problem) => problem.split(':')[0]);
  expect(keys).toEqual(['name', 'deviceID', 'vlan', 'mac', 'spoofchk', 'mtu', 'ipam.type']);
});

describe('ipam', () => {
  test.each([{}, { type: '' }, { type: null }, { subnet: '10.0.0.0/8' }, null, ''])(
    '%j means: no addresses',
    (ipam) => {
      expect(confWith({ ipam }).ipam).toBeUndefined();
    },
  );

  test('of another kind is not ignored', () => {
    expect(() => confWith({ ipam: { type: 'whereabouts' } })).toThrow(
      'ipam.type: expected "host-local" (other address managers are not supported yet), got "whereabouts"',
    );
  });
});

describe('a key that would have to be ignored is refused', () => {
  test.each([
    [{ vlanProto: '802.1ad' }, 'vlanProto = "802.1ad"'],
    [{ MIN_TX_RATE: 5 }, 'min_tx_rate = 5'],
    [{ link_state: 'enable', max_tx_rate: 1 }, 'max_tx_rate = 1, link_state = "enable"'],
    [{ ipam: { type: 'host-local', resolvConf: '/x' } }, 'ipam.resolvConf = "/x"'],
    [{ runtimeConfig: { ips: ['10.0.0.1'] } }, 'runtimeConfig.ips = ["10.0.0.1"]'],
  ])('%j', (keys, told) => {
    expect(() => confWith(keys)).toThrow(
      expect.objectContaining({ fault: 'unsupported-field', message: `Not supported yet: ${told}` }),
    );
  });

  test.each([null, ''])('but not if it is %j', (nothing) => {
    expect(confWith({ vlanProto: nothing })).toEqual(MINIMAL);
  });
});

test('keys of nobody are ignored', () => {
  expect(confWith({ 'x-comment': 'mine', capabilities: { mac: true }, dns: {} })).toEqual(MINIMAL);
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

  test('needs a name that can be a part of a path', () => {
    expect(() => delConf({ name: '../x' })).toThrow(expect.objectContaining({ fault: 'netconf' }));
  });
});
