/** What works, but hardly as it is meant: of the addresses and routes of our store. */
import { type Json, valueAt } from '../../../schemas/decode.ts';
import {
  contains,
  isLinkLocal,
  networkOf,
  type Prefix,
  parseIp,
  parsePrefix,
  prefixText,
} from '../../../schemas/ip.ts';
import { rangesIn } from '../../../schemas/partial-conf.ts';
import type { Sent } from './configuration.ts';
import { type Finding, findingAt } from './finding.ts';
import type { Keys } from './nodes.ts';

/** Who reads a configuration. */
export type Reader = 'Multus' | 'anybody';

/** A gateway as the configuration has it, and where it should be. */
type Written = {
  readonly text: string | undefined;
  readonly keys: Keys;
  readonly subnets: readonly Prefix[];
};

type WrittenRange = { readonly subnet: Prefix; readonly keys: Keys; readonly gateway: string | undefined };

/** Those that our store hands out. */
export function rangesOf(json: Json): WrittenRange[] {
  const ipam = rangesIn(json)?.ipam;
  if (!ipam) return [];
  const listed = (ipam.ranges ?? []).flatMap((set, n) =>
    set.map((range, index) => ({ ...range, keys: ['ipam', 'ranges', n, index] })),
  );
  return [{ ...ipam, keys: ['ipam'] }, ...listed].flatMap(({ subnet: text = '', keys, gateway }) => {
    const subnet = parsePrefix(text);
    return subnet ? [{ subnet: { ...subnet, ip: networkOf(subnet) }, keys, gateway }] : [];
  });
}

export function gatewayLints({ json, at }: Sent): Finding[] {
  const ranges = rangesOf(json);
  const all = ranges.map(({ subnet }) => subnet);
  const gateways: Written[] = [
    ...ranges.map(({ subnet, keys, gateway }) => ({
      text: gateway,
      keys: [...keys, 'gateway'],
      subnets: [subnet],
    })),
    ...routesOf(json).map(({ gw, keys }) => ({ text: gw, keys: [...keys, 'gw'], subnets: all })),
  ];
  return gateways.filter(isOutside).map(({ text, keys, subnets }) => {
    const [subnet, ...others] = new Set(subnets.map(prefixText));
    const where =
      others.length > 0 ? `the subnets ${[subnet, ...others].join(', ')}` : `the subnet ${subnet}`;
    const problem = `The gateway ${text} is outside ${where}`;
    return findingAt(at(keys), 'gateway-outside-subnet', { problem, remedy: ON_LINK });
  });
}

const ON_LINK =
  'It works here, by a route of its own on the link; sriov-cni and bridge fail at a route through it. If it is no mistake, leave it';

/** A link-local gateway is reached without a route. */
function isOutside({ text = '', subnets }: Written): boolean {
  const ip = parseIp(text);
  return (
    ip !== undefined && subnets.length > 0 && !isLinkLocal(ip) && !subnets.some((one) => contains(one, ip))
  );
}

type WrittenRoute = {
  readonly dst: Prefix;
  readonly gw: string | undefined;
  readonly route: Json;
  readonly keys: Keys;
};

/** Of our store: those of other plugins are their matter. */
function routesOf(json: Json): WrittenRoute[] {
  const routes = valueAt(json, ['ipam', 'routes']);
  if (!rangesIn(json) || !Array.isArray(routes)) return [];
  return routes.flatMap((route: Json, index) => {
    const [dst, gw] = [textAt(route, 'dst'), textAt(route, 'gw')];
    const prefix = parsePrefix(dst ?? '');
    return prefix ? [{ dst: prefix, gw, route, keys: ['ipam', 'routes', index] }] : [];
  });
}

function textAt(json: unknown, key: string): string | undefined {
  const value = valueAt(json, [key]);
  return typeof value === 'string' ? value : undefined;
}

/** The metric of the default route that a pod has already. The kernel gives 1024 where none is named (IPv6). */
const METRIC_OF_OWN = { 4: 0, 6: 1024 } as const;
const MAIN_TABLE = 254;

export function defaultRouteLints({ json, at }: Sent, reader: Reader): Finding[] {
  const taking = routesOf(json).filter(({ dst, route }) => dst.length === 0 && goesFirst(dst, route));
  return taking.map(({ dst, keys }) => {
    const takes = `The route to ${prefixText(dst)} takes the pod's default route`;
    const problem = `${takes}${reader === 'Multus' ? ' from the cluster network' : ', if this is its second network'}`;
    const remedy = `Name the networks behind this one instead, or give the route a "priority" above ${METRIC_OF_OWN[dst.ip.family]}`;
    return findingAt(at([...keys, 'dst']), 'default-route', { problem, remedy });
  });
}

function goesFirst({ ip }: Prefix, route: Json): boolean {
  const [metric, table = MAIN_TABLE] = [valueAt(route, ['priority']) ?? 0, valueAt(route, ['table'])];
  return (table ?? MAIN_TABLE) === MAIN_TABLE && Number(metric) <= METRIC_OF_OWN[ip.family];
}
