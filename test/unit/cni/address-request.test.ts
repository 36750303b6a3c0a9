import { describe, expect, test } from 'vitest';
import type { Environment } from '../../../schemas/environment.ts';
import { type AddressRequest, addressRequestOf } from '../../../src/cni/address-request.ts';
import type { Call } from '../../../src/cni/request.ts';
import { checkRanges } from './calls.ts';

const IPAM = { type: 'host-local', subnet: '10.0.0.0/24' };
const CONF = { cniVersion: '1.1.0', name: 'net', type: 'macvlan', master: 'eth0', ipam: IPAM };
const ENV = { CNI_CONTAINERID: 'pod-a', CNI_IFNAME: 'net1', CNI_NETNS: '/run/netns/a' };

type Given = Partial<Omit<Call, 'env'>> & { readonly env?: Environment };

function requestOf({ command = 'ADD', version = '1.1.0', env = {}, json = CONF }: Given): AddressRequest {
  return addressRequestOf({ command, version, json, env: { ...ENV, ...env } }, checkRanges);
}

const attachment = { network: 'net', containerId: 'pod-a', ifName: 'net1' };

describe('an IPAM plugin is asked', () => {
  test('for addresses: whatever else is in the configuration is for others (I17)', () => {
    const request = requestOf({
      env: { CNI_ARGS: 'IP=10.0.0.5' },
      json: { ...CONF, runtimeConfig: { ips: ['10.0.0.6'] }, args: { cni: { ips: ['10.0.0.7'] } } },
    });
    expect(request).toEqual({
      command: 'ADD',
      attachment,
      conf: {
        name: 'net',
        ipam: IPAM,
        runtimeConfig: { ips: ['10.0.0.6'] },
        args: { cni: { ips: ['10.0.0.7'] } },
      },
      cniArgs: { ips: ['10.0.0.5'] },
    });
  });

  test('whether they are still held: with what ADD answered', () => {
    const prevResult = { ips: [{ address: '10.0.0.2/24' }] };
    expect(requestOf({ command: 'CHECK', json: { ...CONF, prevResult } })).toMatchObject({
      command: 'CHECK',
      prevResult: { interfaces: [], ...prevResult },
    });
  });

  test('to release them: no more than the name has to be right', () => {
    const json = { name: 'net', ipam: { ...IPAM, subnet: 'x', dataDir: '/elsewhere' } };
    expect(requestOf({ command: 'DEL', json })).toMatchObject({
      command: 'DEL',
      attachment,
      conf: { ipam: { dataDir: '/elsewhere' } },
    });
  });

  test('to collect them, or how it is', () => {
    const json = { ...CONF, 'cni.dev/valid-attachments': [] };
    expect(requestOf({ command: 'GC', json })).toMatchObject({ command: 'GC', network: 'net', valid: [] });
    expect(requestOf({ command: 'STATUS' })).toMatchObject({ command: 'STATUS', ipam: IPAM });
  });
});

describe('an IPAM plugin refuses', () => {
  test.each<[string, Given, string, string]>([
    [
      'commands that the version does not have',
      { command: 'GC', version: '1.0.0' },
      'incompatible-version',
      'GC exists from version 1.1.0 on, not in 1.0.0',
    ],
    [
      'a configuration without ipam',
      { json: { name: 'net' } },
      'netconf',
      'ipam: expected an object, got nothing',
    ],
    [
      'everything that is wrong at once',
      {
        env: { CNI_IFNAME: '..', CNI_ARGS: 'IP=x' },
        json: { name: '../x', ipam: { ...IPAM, rangeStart: '10.9.0.1' } },
      },
      'environment',
      'CNI_IFNAME: expected an interface name: 1 to 15 bytes, not ".", "..", "all" or "default", without blanks, "/", ":", "%", quotes, "#" and "\\", got ".."; ' +
        'name: expected a name of letters, digits, "_", "." and "-", at most 200, the first a letter or digit, got "../x"; ' +
        'CNI_ARGS.IP[0]: expected an IP address, got "x"; ' +
        'ipam.rangeStart: expected an address of 10.0.0.0/24, got "10.9.0.1"',
    ],
  ])('%s', (_title, given, fault, message) => {
    expect(() => requestOf(given)).toThrow(expect.objectContaining({ fault, message }));
  });
});
