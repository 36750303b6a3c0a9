/** NetworkAttachmentDefinitions, and the pods that ask for them. */
import { valueAt } from '../../../schemas/decode.ts';
import { type Configuration, configurationIn } from './configuration.ts';
import { type Finding, findingAt, type Place } from './finding.ts';
import { isObject, type Located } from './located.ts';
import type { Manifest } from './manifest.ts';
import type { Keys } from './nodes.ts';

/** A text in a metadata that names a node. */
const HOST_NAME = 'kubernetes.io/hostname';
const RESOURCE_NAME = 'k8s.v1.cni.cncf.io/resourceName';
const NETWORKS = 'k8s.v1.cni.cncf.io/networks';
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

const NOTHING: Configuration = { sent: [], others: 0, findings: [], plugins: [] };

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
      configuration: NOTHING,
      findings: [findingAt(manifest.at(CONFIG), 'config-is-no-text', { problem, remedy })],
    };
  }
  if (!config) {
    const problem = `There is no spec.config: Multus reads a configuration of the name ${JSON.stringify(name)} from a file on each node`;
    const remedy = 'Validate that file (in /etc/cni/multus/net.d, if Multus is not told otherwise)';
    return {
      configuration: NOTHING,
      findings: [findingAt(manifest.atKey(['spec']), 'config-on-node', { problem, remedy })],
    };
  }
  const { located, findings } = manifest.jsonAt(CONFIG);
  return { configuration: located ? configurationIn(located, name) : NOTHING, findings };
}

/** One network that a pod, or the template of one, asks for. */
export type Request = {
  readonly network: string;
  readonly namespace: string | undefined;
  /** What it wants of it, such as `mac`, and where it says so. */
  readonly wishes: ReadonlyMap<string, Place>;
};

export type Workload = {
  /** `Pod "web"`. */
  readonly title: string;
  /** The node that it is bound to. */
  readonly node: string | undefined;
  readonly requests: readonly Request[];
  readonly findings: readonly Finding[];
};

/** Where each kind keeps what its pods are. */
const TEMPLATES: Readonly<Record<string, Keys>> = {
  Pod: [],
  ...Object.fromEntries(
    ['Deployment', 'DaemonSet', 'StatefulSet', 'ReplicaSet', 'ReplicationController', 'Job'].map((kind) => [
      kind,
      ['spec', 'template'],
    ]),
  ),
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
};

/** Undefined of what has no pods. */
export function workloadOf(manifest: Manifest): Workload | undefined {
  const kind = manifest.textAt(['kind']) ?? '';
  const template = Object.hasOwn(TEMPLATES, kind) ? TEMPLATES[kind] : undefined;
  if (!template) return undefined;
  const selector = manifest.textsAt([...template, 'spec', 'nodeSelector']);
  return {
    title: `${kind} ${JSON.stringify(manifest.textAt(['metadata', 'name']) ?? '')}`,
    node: manifest.textAt([...template, 'spec', 'nodeName']) ?? selector[HOST_NAME],
    ...requestsIn(manifest, [...template, 'metadata', 'annotations', NETWORKS]),
  };
}

function requestsIn(manifest: Manifest, keys: Keys): Pick<Workload, 'requests' | 'findings'> {
  const text = manifest.textAt(keys) ?? '';
  const own = manifest.textAt(['metadata', 'namespace']);
  // Multus tells the two forms apart in this way.
  if (!/[[{"]/.test(text)) return { requests: namesIn(text, own), findings: [] };
  const { located, findings } = manifest.jsonAt(keys);
  return { requests: located ? elementsIn(located, own) : [], findings };
}

/** `namespace/name@interface`, with commas between them. */
function namesIn(text: string, own: string | undefined): Request[] {
  return text.split(',').flatMap((item) => {
    const [path = ''] = item.trim().split('@');
    const [name = '', namespace = own] = path.split('/').toReversed();
    return name === '' ? [] : [{ network: name, namespace, wishes: new Map() }];
  });
}

function elementsIn({ json, atKey }: Located, own: string | undefined): Request[] {
  return (Array.isArray(json) ? json : []).flatMap((element: unknown, index) => {
    if (!isObject(element)) return [];
    const network = valueAt(element, ['name']);
    const namespace = valueAt(element, ['namespace']);
    if (typeof network !== 'string') return [];
    const wishes = WISHES.filter((wish) => valueAt(element, [wish]));
    return [
      {
        network,
        namespace: typeof namespace === 'string' && namespace !== '' ? namespace : own,
        wishes: new Map(wishes.map((wish) => [wish, atKey([index, wish])])),
      },
    ];
  });
}

/** Of a network selection element: what becomes a capability of the same name, and is ours. */
const WISHES = ['mac', 'ips'];
