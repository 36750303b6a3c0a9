/** One configuration of ours from what people have: what a runtime would hand to the plugin. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { mustNameVf, ownIn, readNetconf } from '../../../src/tool/netconf-file.ts';
import { sourceOf } from '../../../src/tool/validate/source.ts';
import { emptyDirectory } from '../ipam/directories.ts';

const definition = (name: string, config: string) => `apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata: { name: ${name} }
spec:
  config: '${config}'
---
`;
const POD = 'kind: Pod\napiVersion: v1\nmetadata: { name: web }\n---\n';
const own = (text: string) => ownIn(sourceOf('net.yaml', text));

test.for([
  ['alone', '{ "name": "a", "type": "sriov", "vlan": 5 }', { name: 'a', type: 'sriov', vlan: 5 }],
  ['in another spelling', '{ "Name": "a", "Type": "sriov" }', { name: 'a', Type: 'sriov' }],
  [
    'in a list, which gives name and version',
    '{ "name": "a", "cniVersion": "1.0.0", "plugins": [{ "type": "tuning" }, { "type": "sriov", "name": "b" }] }',
    { name: 'a', cniVersion: '1.0.0', type: 'sriov' },
  ],
  ['in a definition', POD + definition('a', '{ "type": "sriov" }'), { name: 'a', type: 'sriov' }],
  [
    'beside those of others',
    definition('a', '{ "type": "bridge" }') + definition('b', '{ "type": "sriov", "name": "c" }'),
    { name: 'c', type: 'sriov' },
  ],
  [
    'as kubectl prints it',
    JSON.stringify({
      apiVersion: 'k8s.cni.cncf.io/v1',
      kind: 'NetworkAttachmentDefinition',
      metadata: { name: 'a' },
      spec: { config: '{ "type": "sriov" }' },
    }),
    { name: 'a', type: 'sriov' },
  ],
] as const)('a configuration %s', ([, text, expected]) => {
  expect(own(text)).toEqual(expected);
});

test.for([
  [
    'a misspelt type',
    '{ "name": "a", "type": "sriovv" }',
    'Cannot use net.yaml: no plugin in it has the type "sriov", but "sriovv"',
  ],
  [
    'other plugins',
    '{ "name": "a", "plugins": [{ "type": "bridge" }, { "type": "tuning" }] }',
    'Cannot use net.yaml: no plugin in it has the type "sriov", but "bridge", "tuning"',
  ],
  [
    'two of ours',
    definition('a', '{ "type": "sriov" }').repeat(2),
    'net.yaml has several configurations of sriov: give one by itself',
  ],
  ['only a pod', POD, 'There is no network configuration in net.yaml'],
  ['nothing', '', 'net.yaml:1:1: There is nothing in it'],
  ['a definition that holds no JSON', definition('a', '{ "type": }'), /^net\.yaml:5:22: This is no JSON: /],
  [
    'a configuration in YAML',
    'type: sriov\nname: a\n',
    /^net\.yaml:1:1: .*in YAML, which no runtime reads\. Write it as JSON$/,
  ],
] as const)('%s is refused', ([, text, sentence]) => {
  expect(() => own(text)).toThrow(sentence);
});

const nobody = { readStdin: () => '{ "name": "a", "type": "sriov", "deviceID": "0000:01:10.0" }' };

test('standard input is read as the process reads it, and a device that is given counts', () => {
  expect(readNetconf({ file: '-', device: '0000:01:10.2' }, nobody)).toEqual({
    name: 'a',
    type: 'sriov',
    deviceID: '0000:01:10.2',
  });
});

test('a file that cannot be read is named, with the reason', () => {
  const directory = emptyDirectory();
  mkdirSync(`${directory}/d`);
  writeFileSync(`${directory}/large.json`, ' '.repeat(4_000_001));
  const read = (name: string) => () => readNetconf({ file: `${directory}/${name}` }, nobody);
  expect(read('none.json')).toThrow(`Cannot read ${directory}/none.json: no such file`);
  expect(read('large.json/x')).toThrow(`Cannot read ${directory}/large.json/x: no such file`);
  expect(read('d')).toThrow(`Cannot read ${directory}/d: it is a directory. Name the files in it`);
  expect(read('large.json')).toThrow(`${directory}/large.json has more than 4000000 bytes`);
});

test('whoever names no VF is told of --device, in whatever way it could be named', () => {
  const device = '0000:01:10.0';
  expect(() => mustNameVf({ type: 'sriov', deviceID: '' })).toThrow(
    /--device, as Multus does\. sriov discover shows/,
  );
  expect(() => mustNameVf({ type: 'sriov', deviceID: 'foo' })).toThrow(/no deviceID that is a PCI address/);
  for (const conf of [{ DeviceID: device }, { pciBusID: device }, { runtimeConfig: { deviceID: device } }]) {
    expect(() => mustNameVf(conf)).not.toThrow();
  }
});
