/** What works, but hardly as it is meant: of networks and of the pods that ask for them. */
import type { Range } from '../../../ipam/range.ts';
import { rangeSetsOf } from '../../../ipam/range-set.ts';
import { overlap } from '../../../ipam/stretch.ts';
import { decode, type Json, valueAt } from '../../../schemas/decode.ts';
import { CniError } from '../../../schemas/fault.ts';
import { prefixText } from '../../../schemas/ip.ts';
import { DEVICE_KEYS } from '../../../schemas/key-names.ts';
import { deviceIdsOf } from '../../../schemas/netconf.ts';
import { DelConf, rangesIn } from '../../../schemas/partial-conf.ts';
import { rangesOf } from './address-lints.ts';
import { declares } from './capabilities.ts';
import type { Sent } from './configuration.ts';
import { type Finding, findingAt } from './finding.ts';
import type { Network } from './networks.ts';
import type { Request, Workload } from './workloads.ts';

export type Cluster = {
  readonly networks: readonly Network[];
  readonly workloads: readonly Workload[];
  /** What each network hands out. */
  readonly ranges: ReadonlyMap<Network, readonly Range[]>;
  readonly bySubnet: ReadonlyMap<string, readonly Network[]>;
};

export function clusterOf(networks: readonly Network[], workloads: readonly Workload[]): Cluster {
  const ranges = new Map(networks.map((network) => [network, rangesBy(network)]));
  const parts = [...ranges].flatMap(([network, own]) => own.map(({ subnet }) => ({ network, subnet })));
  const grouped = Map.groupBy(parts, ({ subnet }) => prefixText(subnet));
  const bySubnet = new Map(
    [...grouped].map(([subnet, group]) => [subnet, group.map(({ network }) => network)]),
  );
  return { networks, workloads, ranges, bySubnet };
}

export function networkLints(network: Network, cluster: Cluster): Finding[] {
  const { sent } = network.configuration;
  return [
    ...sent.flatMap((one) => sharedRangeLints(one, network, cluster)),
    ...sent.flatMap((one) => deviceLints(one, network)),
  ];
}

function sharedRangeLints({ json, at }: Sent, network: Network, cluster: Cluster): Finding[] {
  const [first] = rangesOf(json);
  if (!first || isOfOneNode(network, cluster)) return [];
  const subnets = [...new Set(rangesOf(json).map(({ subnet }) => prefixText(subnet)))].join(', ');
  const problem = `Every node that has this network hands out the addresses of ${subnets} by itself: two pods may get the same one`;
  const remedy =
    'Make a network for each node with its own rangeStart and rangeEnd (and resourceName), or use an ipam for the cluster, such as whereabouts';
  return [findingAt(at([...first.keys, 'subnet']), 'shared-range', { problem, remedy })];
}

/** Only what is said in the files counts. */
function isOfOneNode(network: Network, cluster: Cluster): boolean {
  if (network.namesNode) return true;
  const users = cluster.workloads.filter(({ requests }) => requests.some((one) => isFor(one, network)));
  const nodes = new Set(users.map(({ node }) => node));
  if (nodes.size === 1 && !nodes.has(undefined)) return true;
  return hasTwin(network, cluster);
}

function isFor({ network, namespace }: Request, { name, namespace: own }: Network): boolean {
  return network === name && (namespace === undefined || own === undefined || namespace === own);
}

/** Another network has another part of the same subnet, for the VFs of other nodes. */
function hasTwin(network: Network, { ranges, bySubnet }: Cluster): boolean {
  const own = ranges.get(network) ?? [];
  const neighbours = own.flatMap(({ subnet }) => bySubnet.get(prefixText(subnet)) ?? []);
  const isApart = (other: Network) =>
    !own.some((one) => (ranges.get(other) ?? []).some((two) => overlap(one, two)));
  return neighbours.some((other) => other.resourceName !== network.resourceName && isApart(other));
}

function rangesBy({ configuration }: Network): Range[] {
  return configuration.sent.flatMap(({ json }) => {
    const given = rangesIn(json);
    return given ? soundRangesOf(given.ipam) : [];
  });
}

/** None if they are wrong, which is told elsewhere. */
function soundRangesOf(ipam: Parameters<typeof rangeSetsOf>[0]): Range[] {
  try {
    return rangeSetsOf(ipam).flatMap(({ ranges }) => [...ranges]);
  } catch (cause) {
    if (cause instanceof CniError) return [];
    throw cause;
  }
}

const ANNOTATION = 'the annotation k8s.v1.cni.cncf.io/resourceName';

function deviceLints(sent: Sent, { resourceName, metadata }: Network): Finding[] {
  const fixed = DEVICE_KEYS.find((key) => valueAt(sent.json, [key]));
  if (fixed && deviceIdsOf(decode(DelConf, sent.json, 'netconf')).length > 0) {
    const problem = resourceName
      ? `Multus puts the VF of the device plugin in the place of this ${fixed}`
      : 'Every pod of this network wants this one VF';
    const remedy = `Remove the ${fixed}${resourceName ? '' : `, and add ${ANNOTATION}`}`;
    return [findingAt(sent.at([fixed]), 'fixed-device', { problem, remedy })];
  }
  if (resourceName) return [];
  const problem = `Without ${ANNOTATION} no device plugin chooses a VF, and ADD has none`;
  const remedy = "Add it, with the name of the device plugin's resource";
  return [findingAt(metadata, 'missing-resource-name', { problem, remedy })];
}

/** What the pods of a workload ask for, and do not get in the way that lasts. */
export function workloadLints({ title, requests }: Workload, { networks }: Cluster): Finding[] {
  return requests.flatMap((request) => {
    const network = networks.find((one) => isFor(request, one));
    if (!network || network.configuration.sent.length === 0) return [];
    const { plugins } = network.configuration;
    const lacking = [...request.wishes].filter(
      ([wish]) => !plugins.some((json: Json) => declares(json, wish)),
    );
    return lacking.map(([wish, place]) => {
      const problem = `${title} asks for "${wish}" of the network ${JSON.stringify(network.name)}, which does not declare the capability: Multus passes it in CNI_ARGS only, which it has deprecated`;
      const remedy = `Add "capabilities": { "${wish}": true } to the configuration of the network`;
      return findingAt(place, 'missing-capability', { problem, remedy });
    });
  });
}
