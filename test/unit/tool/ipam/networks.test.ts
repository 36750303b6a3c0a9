import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rangeSetsOf } from '../../../../ipam/range-set.ts';
import { type Ip, parseIp } from '../../../../schemas/ip.ts';
import { fullnessOf } from '../../../../src/tool/ipam/fullness.ts';
import { storeUsersIn, storeUsersOf } from '../../../../src/tool/ipam/networks.ts';
import { emptyDirectory } from '../../ipam/directories.ts';

const ipam = { type: 'host-local', subnet: '10.1.0.0/24' };
const told = (text: string) =>
  storeUsersIn(text, '/x/net.json').map(({ network, type, dataDir, sets }) => [
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
  ['no configuration', '[]', []],
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
  ['{', /^Cannot use net\.json: /],
  ["spec: { config: '{' }", /^Cannot use net\.json: spec\.config: /],
  [
    JSON.stringify({ name: 'a', type: 'sriov', ipam: { ...ipam, subnet: '10.1.0.1/24' } }),
    /ipam\.subnet: expected a network without host bits/,
  ],
] as const)('%s is refused', ([text, sentence]) => {
  expect(() => told(text)).toThrow(sentence);
});

test('files that are named come with those of the directory, where a wrong one is told', () => {
  const directory = emptyDirectory();
  mkdirSync(`${directory}/net.d`);
  const named = `${directory}/named.json`;
  writeFileSync(named, JSON.stringify({ name: 'named', type: 'sriov', ipam }));
  writeFileSync(
    `${directory}/net.d/10-a.conflist`,
    JSON.stringify({ name: 'a', plugins: [{ type: 'x', ipam }] }),
  );
  writeFileSync(`${directory}/net.d/20-b.conf`, '{');
  writeFileSync(`${directory}/net.d/note.txt`, '{');
  const warnings: string[] = [];
  const users = storeUsersOf([named], `${directory}/net.d`, (one) => warnings.push(one));
  expect(users.map(({ network }) => network)).toEqual(['named', 'a']);
  expect(warnings).toEqual([expect.stringMatching(/^warning: Ignoring .*20-b\.conf: Cannot use 20-b\.conf/)]);
  expect(storeUsersOf([], `${directory}/none`, () => {})).toEqual([]);
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
