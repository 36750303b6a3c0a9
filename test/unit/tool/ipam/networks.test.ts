import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rangeSetsOf } from '../../../../ipam/range-set.ts';
import { type Ip, parseIp } from '../../../../schemas/ip.ts';
import { fullnessOf } from '../../../../src/tool/ipam/fullness.ts';
import { storeUsersIn, storeUsersOf } from '../../../../src/tool/ipam/networks.ts';
import { sourceOf } from '../../../../src/tool/validate/source.ts';
import { emptyDirectory } from '../../ipam/directories.ts';
import { pipe } from '../terminals.ts';

const ipam = { type: 'host-local', subnet: '10.1.0.0/24' };
const told = (text: string) =>
  storeUsersIn(sourceOf('/x/net', text)).map(({ network, type, dataDir, sets }) => [
    network,
    type,
    dataDir,
    sets.length,
  ]);

const NAD = `apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata: { name: from-metadata }
spec:
  config: '{ "type": "sriov", "ipam": { "type": "host-local", "subnet": "10.1.0.0/24" } }'
---
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata: { name: second }
spec:
  config: '{ "type": "sriov", "name": "own", "ipam": { "type": "host-local", "dataDir": "/d", "ranges": [[{"subnet":"10.2.0.0/24"}],[{"subnet":"2001:db8::/64"}]] } }'
`;

test.for([
  [
    'a configuration',
    JSON.stringify({ name: 'a', type: 'sriov', ipam }),
    [['a', 'sriov', '/var/lib/cni/networks', 1]],
  ],
  [
    'a list, of which one takes addresses',
    JSON.stringify({ name: 'a', plugins: [{ type: 'bridge', ipam }, { type: 'tuning' }] }),
    [['a', 'bridge', '/var/lib/cni/networks', 1]],
  ],
  ['other addresses', JSON.stringify({ name: 'a', type: 'sriov', ipam: { type: 'dhcp' } }), []],
  [
    'definitions',
    NAD,
    [
      ['from-metadata', 'sriov', '/var/lib/cni/networks', 1],
      ['own', 'sriov', '/d', 2],
    ],
  ],
] as const)('%s', ([, text, expected]) => {
  expect(told(text)).toEqual(expected);
});

test.for([
  ['{', /^\/x\/net:1:2: This is no JSON: expected property name or '}'/],
  ['{ "name": "a", "type": "sriov", }', /^\/x\/net:1:33: This is no JSON: /],
  ['[]', /^\/x\/net:1:1: A network configuration is a JSON object/],
  [
    JSON.stringify({ name: 'a', type: 'sriov', ipam: { ...ipam, subnet: '10.1.0.1/24' } }),
    /^Cannot use \/x\/net: ipam\.subnet: expected a network without host bits/,
  ],
] as const)('%s is refused', ([text, sentence]) => {
  expect(() => told(text)).toThrow(sentence);
});

const reading = () => {
  const told: string[] = [];
  const tool = {
    readStdin: () => NAD,
    terminal: { ...pipe(), tell: (text: string) => void told.push(text) },
  };
  return { told, tool };
};

test('files that are named come with those of the directory, where a wrong one is told', () => {
  const directory = emptyDirectory();
  const confDir = `${directory}/net.d`;
  mkdirSync(confDir);
  const named = `${directory}/named.json`;
  writeFileSync(named, JSON.stringify({ name: 'named', type: 'sriov', ipam }));
  writeFileSync(`${confDir}/10-a.conflist`, JSON.stringify({ name: 'a', plugins: [{ type: 'x', ipam }] }));
  writeFileSync(`${confDir}/20-b.conf`, '{');
  writeFileSync(`${confDir}/note.txt`, '{');
  const { told: warnings, tool } = reading();
  const users = storeUsersOf({ file: [named, '-'], confDir }, tool);
  expect(users.map(({ network, from }) => [network, from])).toEqual([
    ['named', named],
    ['from-metadata', '<stdin>'],
    ['own', '<stdin>'],
    ['a', `${confDir}/10-a.conflist`],
  ]);
  expect(warnings).toEqual([
    `warning: ${confDir}/20-b.conf:1:2: This is no JSON: expected property name or '}'. It is ignored.\n`,
  ]);
  expect(storeUsersOf({ file: [], confDir: `${directory}/none` }, reading().tool)).toEqual([]);
});

test.for([
  ['another ipam', { name: 'a', type: 'sriov', ipam: { type: 'dhcp' } }],
  ['no name', { type: 'sriov', ipam }],
  ['a name that leads elsewhere', { name: '../a', type: 'sriov', ipam }],
] as const)('a file that is named and tells no ranges is told of: %s', ([, conf]) => {
  const { told: warnings, tool } = reading();
  const own = { ...tool, readStdin: () => JSON.stringify(conf) };
  expect(storeUsersOf({ file: ['-'], confDir: '/none' }, own)).toEqual([]);
  expect(warnings).toEqual([expect.stringMatching(/^warning: <stdin> tells no ranges: /)]);
});

const held = (...texts: string[]) => texts.map((text) => parseIp(text) as Ip);
const user = (conf: object) => ({
  sets: rangeSetsOf({ type: 'host-local', ...conf }),
  from: '/x',
});

test('how full a range is leaves out what it does not hand out', () => {
  const small = user({ subnet: '10.1.0.0/29', exclude: ['10.1.0.6'] });
  expect(fullnessOf('net', [small], held('10.1.0.1', '10.1.0.2', '10.1.0.6', '10.9.0.1', '::1'))).toEqual([
    {
      network: 'net',
      ranges: '10.1.0.1-10.1.0.6',
      size: '4',
      held: 1,
      free: '3',
      percent: 25,
      from: ['/x'],
    },
  ]);
});

test('IPv6 ranges are counted exactly, and what two configurations say alike is said once', () => {
  const wide = user({ ranges: [[{ subnet: '2001:db8::/32' }], [{ subnet: '10.1.0.0/30' }]] });
  const [six, four, ...more] = fullnessOf('net', [wide, wide], held('2001:db8::7', '10.1.0.2'));
  expect(more).toEqual([]);
  expect(six).toMatchObject({ size: `${2n ** 96n - 2n}`, held: 1, free: `${2n ** 96n - 3n}`, percent: 0 });
  expect(four).toMatchObject({ size: '1', held: 1, free: '0', percent: 100, from: ['/x', '/x'] });
});
