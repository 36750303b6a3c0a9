/** Keys as people and runtimes write them: in any case, misspelt, set to nothing. */
import { readFile } from 'node:fs/promises';
import { describe, expect } from 'vitest';
import { test } from './machine-test.ts';
import { IPV4, network } from './networks.ts';
import { attached, expectSilence, refused } from './outcome.ts';

const sound = network({ ipam: IPV4 });

describe.concurrent('a key that nobody knows', () => {
  test.for([
    ['max-tx-rate', { 'max-tx-rate': 100 }, 'Unknown key "max-tx-rate" is ignored: is max_tx_rate meant?'],
    ['spoofcheck', { spoofcheck: 'on' }, 'Unknown key "spoofcheck" is ignored: is spoofchk meant?'],
    [
      'one of ipam',
      { ipam: { ...sound.ipam, rangestrat: 'x' } },
      'Unknown key "ipam.rangestrat" is ignored: is ipam.rangeStart meant?',
    ],
    ['one like no other', { 'x-owner': 'me' }, 'Unknown key "x-owner" is ignored'],
  ] as const)('is warned of, and ADD goes on: %s (F44, PAIN-47)', async ([, more, warning], { machine }) => {
    const outcome = await machine.add({ netconf: { ...sound, ...more } });
    attached(outcome);
    const warnings = outcome.stderr.split('\n').filter((line) => line.includes('level=warning'));
    expect(warnings).toEqual([expect.stringContaining(`msg=${JSON.stringify(warning)}`)]);
  });

  test('is told where it is the reason for a refusal, which is logged, too', async ({ machine }) => {
    const logFile = '/run/refused.log';
    const netconf = network({ vlna: 5, logFile, ipam: { subnett: '10.1.2.0/24' } });
    expect(refused(await machine.add({ netconf }), 'netconf')).toContain('ipam.ranges');
    const log = await readFile(machine.path(logFile), 'utf8');
    expect(log).toContain('is vlan meant?');
    expect(log).toContain('is ipam.subnet meant?');
    expect(log).toMatch(/level=error .*command=ADD .*msg="refused: ipam\.ranges: /);
  });

  test('is not among those that runtimes send', async ({ machine }) => {
    const ofRuntimes = {
      capabilities: { mac: true },
      disableCheck: true,
      cniVersions: ['1.0.0'],
      args: { cni: { app: 'x' } },
      runtimeConfig: { portMappings: [] },
    };
    const outcome = await machine.add({ netconf: { ...sound, ...ofRuntimes } });
    attached(outcome);
    expect(outcome.stderr).not.toContain('level=warning');
  });
});

const IN_ANY_CASE = {
  CNIVersion: '1.1.0',
  Name: 'net',
  TYPE: 'sriov',
  DeviceID: '0000:01:10.0',
  MTU: 1400,
  IPAM: { Type: 'host-local', Subnet: '10.1.2.0/24', Routes: [{ Dst: '10.77.0.0/16', GW: '10.1.2.9' }] },
};

describe.concurrent('keys count', () => {
  test('in any case', async ({ machine }) => {
    const before = await machine.snapshot();
    const result = attached(await machine.add({ netconf: IN_ANY_CASE }));
    expect(result).toMatchObject({
      cniVersion: '1.1.0',
      interfaces: [{ name: 'net1', mtu: 1400 }],
      ips: [{ address: '10.1.2.2/24' }],
      routes: [{ dst: '10.77.0.0/16', gw: '10.1.2.9' }],
    });
    expectSilence(await machine.check({ netconf: IN_ANY_CASE }, result));
    expectSilence(await machine.del({ netconf: IN_ANY_CASE }));
    expect(await machine.snapshot()).toEqual(before);
  });

  test('in any case, also when they are wrong', async ({ machine }) => {
    const details = refused(
      await machine.add({ netconf: { ...sound, VLAN: 5000, SpoofChk: 'yes' } }),
      'netconf',
    );
    expect(details).toMatch(/vlan: expected .*5000.*spoofchk: expected .*"yes"/);
  });

  test('as the last of several says', async ({ machine }) => {
    const netconf = `${JSON.stringify({ ...sound, mtu: 1200 }).slice(0, -1)},"MTU":1300}`;
    expect(attached(await machine.add({ netconf })).interfaces).toMatchObject([{ mtu: 1300 }]);
  });

  test.for([
    ['null', null],
    ['""', ''],
  ] as const)('as absent if they are %s', async ([, nothing], { machine }) => {
    const before = await machine.snapshot();
    const keys = ['pciBusID', 'mac', 'spoofchk', 'trust', 'link_state', 'vlanProto', 'logFile', 'logLevel'];
    const absent = Object.fromEntries(keys.map((key) => [key, nothing]));
    const range = { subnet: '10.1.2.0/24', rangeStart: nothing, rangeEnd: nothing, gateway: nothing };
    const netconf = {
      ...sound,
      ...absent,
      ipam: { type: 'host-local', ranges: [[range]], dataDir: nothing, resolvConf: nothing },
      runtimeConfig: { mac: nothing, deviceID: nothing, CNIDeviceInfoFile: nothing },
      args: { cni: { mac: nothing } },
    };
    const outcome = await machine.add({ netconf });
    expect(attached(outcome).ips).toMatchObject([{ address: '10.1.2.2/24', gateway: '10.1.2.1' }]);
    expectSilence(await machine.del({ netconf }));
    expect(await machine.snapshot()).toEqual(before);
  });

  test('as absent if a list, an object or a number of theirs is null', async ({ machine }) => {
    const keys = [
      'vlan',
      'vlanQoS',
      'mtu',
      'min_tx_rate',
      'max_tx_rate',
      'dns',
      'args',
      'runtimeConfig',
      'capabilities',
      'prevResult',
      'enabledad',
    ];
    const absent = Object.fromEntries(keys.map((key) => [key, null]));
    attached(await machine.add({ netconf: { ...sound, ...absent, ipam: { ...sound.ipam, routes: null } } }));
  });

  test('as no addresses if ipam is null', async ({ machine }) => {
    expect(attached(await machine.add({ netconf: { ...sound, ipam: null } })).ips).toEqual([]);
  });
});
