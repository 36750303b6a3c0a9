/** docs/deploy/examples: each pod asks for what its networks take, and the plugin takes what they say. */
import { describe, expect, test } from 'vitest';
import { checkRanges } from '../../../cmd/sriov/command.ts';
import { unknownKeysIn } from '../../../schemas/unknown-keys.ts';
import { parseJson, requestOf } from '../../../src/cni/request.ts';
import { Attachable, EXAMPLES, ofKind, Pod, textOf } from './documents.ts';

const RESOURCE = 'k8s.v1.cni.cncf.io/resourceName';
const NETWORKS = 'k8s.v1.cni.cncf.io/networks';

const networksIn = (file: string) => ofKind(file, 'NetworkAttachmentDefinition', Attachable);

test('there is one for each common case', () => {
  expect(EXAMPLES.toSorted()).toEqual(
    ['bond', 'dpdk', 'dual-stack', 'vf-with-address', 'vlan-access-port', 'vlan-trunk-port'].map(
      (name) => `examples/${name}.yaml`,
    ),
  );
});

describe.each(EXAMPLES)('%s', (file) => {
  const networks = networksIn(file);
  const pods = ofKind(file, 'Pod', Pod);

  test('says first what it is', () => {
    expect(textOf(file)).toMatch(/^# [A-Z]/);
  });

  test('has one pod, and it is on every network of the file', () => {
    expect(pods.map(({ metadata }) => metadata.annotations?.[NETWORKS]?.split(', '))).toEqual([
      networks.map(({ metadata }) => metadata.name),
    ]);
  });

  test('requests a VF for each network that takes one, and no other', () => {
    const wanted: Record<string, number> = {};
    for (const { metadata } of networks) {
      const resource = metadata.annotations?.[RESOURCE];
      if (resource) wanted[resource] = (wanted[resource] ?? 0) + 1;
    }
    const [{ requests, limits } = { requests: {}, limits: {} }] =
      pods[0]?.spec.containers.map(({ resources }) => resources) ?? [];
    const devices = Object.entries(requests).filter(([name]) => name.startsWith('example.com/'));
    expect(Object.fromEntries(devices)).toEqual(wanted);
    expect(limits).toEqual(requests);
  });

  test('names each network in its configuration as it is named, in a version that containerd 1.6 takes', () => {
    for (const { metadata, spec } of networks)
      expect(JSON.parse(spec.config)).toMatchObject({ name: metadata.name, cniVersion: '1.0.0' });
  });

  test('has configurations that the plugin takes, and in which it knows every key', () => {
    const ours = networks.map(({ spec }) => parseJson(spec.config)).filter(({ type }) => type === 'sriov');
    expect(ours.length).toBeGreaterThan(0);
    for (const json of ours) {
      const call = { command: 'STATUS', version: '1.1.0', env: {}, json } as const;
      expect(requestOf(call, checkRanges)).toMatchObject({ command: 'STATUS' });
      expect(unknownKeysIn(json)).toEqual([]);
    }
  });
});
