/** Pods and what makes them, and which networks they ask for. */
import { valueAt } from '../../../schemas/decode.ts';
import type { Finding, Place } from './finding.ts';
import { isObject, type Located } from './located.ts';
import type { Manifest } from './manifest.ts';
import { HOST_NAME } from './networks.ts';
import type { Keys } from './nodes.ts';

const NETWORKS = 'k8s.v1.cni.cncf.io/networks';

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
