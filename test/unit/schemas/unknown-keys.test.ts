import { expect, test } from 'vitest';
import { unknownKeysIn } from '../../../schemas/unknown-keys.ts';

const told = (path: string, meant?: string) =>
  `Unknown key "${path}" is ignored${meant === undefined ? '' : `: is ${meant} meant?`}`;

test.each<[string, object, string[]]>([
  [
    'nothing of keys that are known, in any capitals',
    { NAME: 'net', VlanQos: 1, ipam: { TYPE: 'host-local', SUBNET: 'x' } },
    [],
  ],
  [
    'that ipam has no type, without which nobody reads it',
    { ipam: { subnet: 'x' } },
    ['ipam has no `type`: the interface gets no address'],
  ],
  [
    'keys of routes, ranges and dns by their path',
    {
      dns: { nameserver: [] },
      ipam: { type: 'host-local', routes: [{ gateway: 'x' }], ranges: [[{ subnte: 'x' }]] },
    },
    [
      told('dns.nameserver', 'dns.nameservers'),
      told('ipam.routes[0].gateway'),
      told('ipam.ranges[0][0].subnte', 'ipam.ranges[0][0].subnet'),
    ],
  ],
  ['it where two letters changed places', { vlna: 5 }, [told('vlna', 'vlan')]],
  [
    'nothing of what is for the runtime',
    { cniVersions: [], disableCheck: true, disableGC: true, 'cni.dev/valid-attachments': [] },
    [],
  ],
  ['the nearest that is known, beside a key', { vlanProtocol: 1 }, [told('vlanProtocol', 'vlanProto')]],
  ['it where a letter is wrong', { spoofchck: 'on' }, [told('spoofchck', 'spoofchk')]],
  ['it where dashes are', { 'max-tx-rate': 5 }, [told('max-tx-rate', 'max_tx_rate')]],
  ['it whatever is between the letters', { 'm.t.u': 5 }, [told('m.t.u', 'mtu')]],
  ['none where none is near', { comment: 'mine' }, [told('comment')]],
  [
    'keys of ipam by their path',
    { ipam: { type: 'host-local', rangeBegin: 'x', excludes: [] } },
    [told('ipam.rangeBegin'), told('ipam.excludes', 'ipam.exclude')],
  ],
  ['nothing of the ipam of another plugin', { ipam: { type: 'whereabouts', range: 'x' } }, []],
  ['nothing of an ipam that is none', { ipam: ['x'] }, []],
  ['a long one by its length', { ['x'.repeat(300_000)]: 1 }, ['A key of 300000 characters is ignored']],
  [
    'the first 20 of very many, and how many others there are',
    Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`odd${index}`, 1])),
    [...Array.from({ length: 20 }, (_, index) => told(`odd${index}`)), '980 more unknown keys are ignored'],
  ],
  ['every one', { a1b2c3: 1, vlam: 5 }, [told('a1b2c3'), told('vlam', 'vlan')]],
])('of a configuration is told: %s (F44, PAIN-47)', (_title, json, expected) => {
  expect(unknownKeysIn({ ...json })).toEqual(expected);
});
