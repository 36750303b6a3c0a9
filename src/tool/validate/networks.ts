/** NetworkAttachmentDefinitions. */
import { type Configuration, configurationIn, NO_CONFIGURATION } from './configuration.ts';
import { type Finding, findingAt, type Place } from './finding.ts';
import type { Manifest } from './manifest.ts';

/** A text in a metadata that names a node. */
export const HOST_NAME = 'kubernetes.io/hostname';
const RESOURCE_NAME = 'k8s.v1.cni.cncf.io/resourceName';
const API_VERSION = 'k8s.cni.cncf.io/v1';

const CONFIG = ['spec', 'config'];

export type Network = {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly resourceName: string | undefined;
  /** Labels or annotations name a node. */
  readonly namesNode: boolean;
  readonly configuration: Configuration;
  readonly metadata: Place;
  readonly findings: readonly Finding[];
};

export function networkOf(manifest: Manifest): Network {
  const name = manifest.textAt(['metadata', 'name']) ?? '';
  const annotations = manifest.textsAt(['metadata', 'annotations']);
  const words = Object.entries({ ...annotations, ...manifest.textsAt(['metadata', 'labels']) }).flat();
  const { configuration, findings } = configurationOf(manifest, name);
  return {
    name,
    namespace: manifest.textAt(['metadata', 'namespace']),
    resourceName: annotations[RESOURCE_NAME] || undefined,
    namesNode: words.some((word) => word.includes(HOST_NAME)),
    configuration,
    metadata: manifest.at(['metadata', 'annotations']),
    findings: [...apiVersionFindings(manifest), ...findings, ...configuration.findings],
  };
}

function apiVersionFindings(manifest: Manifest): Finding[] {
  const version = manifest.textAt(['apiVersion']);
  if (version === API_VERSION) return [];
  const problem = `apiVersion: expected "${API_VERSION}", got ${version === undefined ? 'nothing' : JSON.stringify(version)}`;
  return [findingAt(manifest.at(['apiVersion']), 'api-version', { problem })];
}

type Configured = { readonly configuration: Configuration; readonly findings: readonly Finding[] };

function configurationOf(manifest: Manifest, name: string): Configured {
  const config = manifest.textAt(CONFIG);
  if (config === undefined && manifest.has(CONFIG)) {
    const problem = 'spec.config is no text';
    const remedy = 'Write the configuration as JSON below "config: |"';
    return {
      configuration: NO_CONFIGURATION,
      findings: [findingAt(manifest.at(CONFIG), 'config-is-no-text', { problem, remedy })],
    };
  }
  if (!config) {
    const problem = `There is no spec.config: Multus reads a configuration of the name ${JSON.stringify(name)} from a file on each node`;
    const remedy = 'Validate that file (in /etc/cni/multus/net.d, if Multus is not told otherwise)';
    return {
      configuration: NO_CONFIGURATION,
      findings: [findingAt(manifest.atKey(['spec']), 'config-on-node', { problem, remedy })],
    };
  }
  const { located, findings } = manifest.jsonAt(CONFIG);
  return { configuration: located ? configurationIn(located, name) : NO_CONFIGURATION, findings };
}
