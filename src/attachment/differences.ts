/** CHECK: what is not as ADD left it, in sentences; pure. */

import { canonicalPrefix, networkOf, parseIp, parsePrefix, prefixText } from '../../schemas/ip.ts';
import type { VfSettings } from '../../schemas/record.ts';
import type { Result, ResultInterface, ResultRoute } from '../../schemas/result.ts';
import { Mac } from '../../schemas/words.ts';
import { vlanText } from './change.ts';
import type { Desired } from './desired.ts';
import type { Link, ObservedNetwork, ShownByPf } from './observed.ts';
import { differing } from './plan.ts';
import { routesOf } from './routes.ts';

/** What the sandbox has of the VF: nothing, if a driver for userspace has it. */
export type InSandbox = { readonly link: Link; readonly network: ObservedNetwork } | 'no link';

export type Checked = {
  readonly desired: Desired;
  /** What ADD answered: its interface, addresses and routes. */
  readonly prevResult: Result;
  readonly inSandbox: InSandbox;
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

/** A chain may have a link of the same name on the host. */
function isOurs({ desired }: Pick<Checked, 'desired'>, { name, sandbox }: ResultInterface): boolean {
  return name === desired.attachment.ifName && sandbox !== undefined;
}

function ofInterface({ desired, prevResult, inSandbox }: Checked): string[] {
  const { ifName } = desired.attachment;
  const answered = prevResult.interfaces.find((one) => isOurs({ desired }, one));
  if (!answered) return [`prevResult has no interface ${ifName}`];
  if (inSandbox === 'no link') return [];
  const { link } = inSandbox;
  const mac = desired.mac ?? answered.mac;
  const mtu = desired.mtu ?? answered.mtu;
  return [
    ...difference('The name of the interface', link.name, ifName),
    ...(mac === undefined ? [] : difference(`The MAC of ${ifName}`, link.mac, canonicalMac(mac))),
    ...(mtu === undefined ? [] : difference(`The MTU of ${ifName}`, link.mtu, mtu)),
    ...difference(`The state of ${ifName}`, link.isUp ? 'up' : 'down', 'up'),
  ];
}

function ofPf({ desired: { settings, mac, device }, shown }: Checked): string[] {
  if (!shown) return [];
  const wanted = differing(settings, shown);
  const keys = Object.keys(wanted) as (keyof VfSettings)[];
  return [
    ...keys.map(
      (key) => `${SUBJECTS[key]} of ${device} is ${valueText(shown[key])}, wanted ${valueText(wanted[key])}`,
    ),
    ...(mac ? difference(`The admin MAC of ${device}`, shown.mac, mac) : []),
  ];
}

const SUBJECTS: Record<keyof VfSettings, string> = {
  vlan: 'The VLAN',
  spoofchk: 'spoofchk',
  trust: 'trust',
  linkState: 'The link state',
  minTxRate: 'The least transmit rate',
  maxTxRate: 'The greatest transmit rate',
};

function valueText(value: VfSettings[keyof VfSettings]): string {
  if (typeof value !== 'object') return String(value);
  return vlanText(value);
}

const canonicalMac = (text: string) => Mac.safeParse(text).data ?? text;

function canonicalNetwork(text: string): string {
  const prefix = parsePrefix(text);
  return prefix ? prefixText({ ip: networkOf(prefix), length: prefix.length }) : text;
}

const sameIp = (one: string | undefined, other: string | undefined) =>
  parseIp(one ?? '')?.value === parseIp(other ?? '')?.value;

function ofNetwork({ desired, prevResult, inSandbox, missing }: Checked): string[] {
  const { ifName } = desired.attachment;
  const { addresses, routes } =
    inSandbox === 'no link' ? NO_NETWORK : lacking({ desired, prevResult }, inSandbox.network);
  return [
    ...addresses.map((address) => `${ifName} has no address ${address}`),
    ...routes.map(({ dst, gw }) => `${ifName} has no route to ${dst}${gw ? ` via ${gw}` : ''}`),
    ...missing.map((address) => `The store does not hold ${address} for this container`),
  ];
}

type Lacking = { readonly addresses: readonly string[]; readonly routes: readonly ResultRoute[] };
const NO_NETWORK: Lacking = { addresses: [], routes: [] };

function lacking(checked: Pick<Checked, 'desired' | 'prevResult'>, network: ObservedNetwork): Lacking {
  const { interfaces, ips } = checked.prevResult;
  const isOfUs = (index = -1) => {
    const entry = interfaces[index];
    return entry !== undefined && isOurs(checked, entry);
  };
  const ours = ips.filter((ip) => isOfUs(ip.interface));
  const isThere = ({ dst, gw }: ResultRoute) =>
    network.routes.some((route) => route.dst === canonicalNetwork(dst) && sameIp(route.gw, gw));
  return {
    addresses: ours
      .map(({ address }) => address)
      .filter((one) => !network.addresses.includes(canonicalPrefix(one))),
    routes: routesOf(routesAnswered(checked), ours).filter((route) => !isThere(route)),
  };
}

/** A result does not tell which interface a route belongs to. */
function routesAnswered({
  desired,
  prevResult,
}: Pick<Checked, 'desired' | 'prevResult'>): readonly ResultRoute[] {
  if (desired.ipam) return desired.ipam.conf.routes ?? [];
  const inSandboxes = prevResult.interfaces.filter(({ sandbox }) => sandbox !== undefined);
  return desired.delegate && inSandboxes.length === 1 ? prevResult.routes : [];
}
