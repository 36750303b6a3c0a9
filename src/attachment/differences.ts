/** CHECK: what is not as ADD left it, in sentences; pure. */
import { networkOf, parseIp, parsePrefix, prefixText } from '../../schemas/ip.ts';
import type { Result } from '../../schemas/result.ts';
import type { Desired } from './desired.ts';
import type { Link, ObservedNetwork, ShownByPf } from './observed.ts';
import { routesOf } from './routes.ts';

export type Checked = {
  readonly desired: Desired;
  /** What ADD answered: its interface, addresses and routes. */
  readonly prevResult: Result;
  readonly link: Link;
  readonly network: ObservedNetwork;
  readonly shown: ShownByPf | undefined;
  /** Addresses of the attachment that the store does not hold for it. */
  readonly missing: readonly string[];
};

export function differencesOf(checked: Checked): string[] {
  return [...ofInterface(checked), ...ofPf(checked), ...ofNetwork(checked)];
}

function difference(subject: string, is: unknown, wanted: unknown): string[] {
  return is === wanted ? [] : [`${subject} is ${String(is)}, wanted ${String(wanted)}`];
}

function ofInterface({ desired, prevResult, link }: Checked): string[] {
  const { ifName } = desired.attachment;
  const answered = prevResult.interfaces.find(
    ({ name, sandbox }) => name === ifName && sandbox !== undefined,
  );
  const mac = desired.mac ?? answered?.mac;
  const mtu = desired.mtu ?? answered?.mtu;
  return [
    ...(answered ? [] : [`prevResult has no interface ${ifName}`]),
    ...difference('The name of the interface', link.name, ifName),
    ...(mac === undefined ? [] : difference(`The MAC of ${ifName}`, link.mac, mac.toLowerCase())),
    ...(mtu === undefined ? [] : difference(`The MTU of ${ifName}`, link.mtu, mtu)),
    ...difference(`The state of ${ifName}`, link.isUp ? 'up' : 'down', 'up'),
  ];
}

function ofPf({ desired: { settings, mac, device }, shown }: Checked): string[] {
  const { vlan, spoofchk, trust } = settings;
  if (!shown) return [];
  return [
    ...(vlan ? difference(`The VLAN of ${device}`, shown.vlan.id, vlan.id) : []),
    ...(vlan ? difference(`The VLAN priority of ${device}`, shown.vlan.qos, vlan.qos) : []),
    ...(spoofchk ? difference(`spoofchk of ${device}`, shown.spoofchk, spoofchk) : []),
    ...(trust ? difference(`trust of ${device}`, shown.trust, trust) : []),
    ...(mac ? difference(`The admin MAC of ${device}`, shown.mac, mac) : []),
  ];
}

/** In one spelling: the caller may write an address in another than the kernel does. */
function canonical(text: string): string {
  const prefix = parsePrefix(text);
  return prefix ? prefixText(prefix) : text;
}

function canonicalNetwork(text: string): string {
  const prefix = parsePrefix(text);
  return prefix ? prefixText({ ip: networkOf(prefix), length: prefix.length }) : text;
}

const sameIp = (one: string | undefined, other: string | undefined) =>
  parseIp(one ?? '')?.value === parseIp(other ?? '')?.value;

function ofNetwork({ desired, prevResult, network, missing }: Checked): string[] {
  const { ifName } = desired.attachment;
  const ours = prevResult.ips.filter((ip) => prevResult.interfaces[ip.interface ?? -1]?.name === ifName);
  const addresses = ours.filter(({ address }) => !network.addresses.includes(canonical(address)));
  const routes = routesOf(desired.routes, ours).filter(
    ({ dst, gw }) =>
      !network.routes.some((route) => route.dst === canonicalNetwork(dst) && sameIp(route.gw, gw)),
  );
  return [
    ...addresses.map(({ address }) => `${ifName} has no address ${address}`),
    ...routes.map(({ dst, gw }) => `${ifName} has no route to ${dst}${gw ? ` via ${gw}` : ''}`),
    ...missing.map((address) => `The store does not hold ${address} for this container`),
  ];
}
