/** From what is wanted and what is seen to changes; pure. The undo list is computed here, too, never remembered. */
import { aliasOf } from '../../schemas/alias.ts';
import type { Before, LinkBefore, VfSettings } from '../../schemas/record.ts';
import type { Change, ChangeOf } from './change.ts';
import type { Desired } from './desired.ts';
import { type Link, type Observed, pfNameOf, type Vf } from './observed.ts';
import type { Grant, HeldAddress } from './ports.ts';
import { gatewaysOutside, routesOf } from './routes.ts';

/** How a VF behaves whose driver lacks the setting: a driver that shows none need not be told, and would refuse. */
const WITHOUT: Required<VfSettings> = {
  vlan: { id: 0, qos: 0 },
  spoofchk: 'off',
  trust: 'off',
  linkState: 'auto',
  minTxRate: 0,
  maxTxRate: 0,
};

/** Those of the wanted settings that the PF does not show. */
export function differing(wanted: VfSettings, shown: Observed['shown']): VfSettings {
  const isSo = (key: keyof VfSettings) =>
    JSON.stringify(wanted[key]) === JSON.stringify(shown?.[key] ?? WITHOUT[key]);
  const keys = Object.keys(wanted) as (keyof VfSettings)[];
  return Object.fromEntries(keys.filter((key) => !isSo(key)).map((key) => [key, wanted[key]]));
}

/** The settings through the PF. What is already so is not written. */
export function planVf(wanted: VfSettings, vf: Vf, { shown }: Observed): Change[] {
  const settings = differing(wanted, shown);
  return Object.keys(settings).length === 0
    ? []
    : [{ kind: 'set-vf', pf: pfNameOf(vf), index: vf.index, settings }];
}

/** Marks the link as ours while it is away. */
export function planMark(vf: Vf, home: Link): Change {
  return setHome(home.name, { alias: aliasOf(vf.address, home) });
}

/** All but the MAC and the move: what is set while the VF is at home. What is already so is not written. */
export function planSettings({ settings, mtu }: Desired, vf: Vf, seen: Observed, home: Link): Change[] {
  return [...planVf(settings, vf, seen), ...(mtu && mtu !== home.mtu ? [setHome(home.name, { mtu })] : [])];
}

/** A trusted VF may override its admin MAC, so that it does not tell whether it is pinned. */
export function planDistrust(vf: Vf, { shown }: Observed): Change[] {
  if (shown?.trust !== 'on') return [];
  return [{ kind: 'set-vf', pf: pfNameOf(vf), index: vf.index, settings: { trust: 'off' } }];
}

/**
 * The move. An altname that is wanted as the name (udev gives the old name as altname), or that exists in the
 * sandbox, makes the kernel refuse it with "file exists".
 */
export function planMove(name: string, home: Link, sandbox: readonly Link[]): Change[] {
  const taken = new Set([name, ...sandbox.flatMap((link) => [link.name, ...link.altnames])]);
  return [
    ...home.altnames.filter((altname) => taken.has(altname)).map(removeAltname('home', home.name)),
    { kind: 'move-in', link: home.name, name },
  ];
}

const removeAltname =
  (place: 'home' | 'sandbox', link: string) =>
  (altname: string): Change => ({ kind: 'remove-altname', place, link, altname });

/** Runtimes switch IPv6 off in a sandbox whose own network has none. */
const enableIpv6 = (link: string): Change => ({
  kind: 'set-sysctl',
  paths: [`ipv6/conf/${link}/disable_ipv6`],
  value: '0',
});

const isIpv6 = ({ address }: HeldAddress) => address.includes(':');

export function planUp(link: string): Change {
  return { kind: 'set-link', place: 'sandbox', link, settings: { isUp: true } };
}

/** Up, addresses and routes in the sandbox. What is on the link comes first: the other routes may go by it. */
export function planNetwork(
  link: string,
  { detectsDuplicates }: Pick<Desired, 'detectsDuplicates'>,
  { held, routes }: Grant,
): Change[] {
  const hops = routesOf(routes, held);
  const gateways = gatewaysOutside(hops, held).map((dst) => ({ dst }));
  const onLink = hops.filter(({ gw }) => gw === undefined);
  const onward = hops.filter(({ gw }) => gw !== undefined);
  const check = detectsDuplicates && ({ detectsDuplicates } as const);
  return [
    ...(held.some(isIpv6) ? [enableIpv6(link)] : []),
    planUp(link),
    ...held.map(({ address }): Change => ({ kind: 'add-address', link, address, ...check })),
    ...[...gateways, ...onLink, ...onward].map((route): Change => ({ kind: 'add-route', link, ...route })),
  ];
}

/** Lets the kernel announce the addresses of a link whenever it comes up or gets a MAC. */
export function planNotifying({ name }: Link): Change[] {
  const paths = [`ipv4/conf/${name}/arp_notify`, `ipv6/conf/${name}/ndisc_notify`];
  return [{ kind: 'set-sysctl', paths, value: '1' }];
}

/** Then even the MAC that it has makes it send gratuitous ARP and neighbour advertisements. */
export function planAnnouncement({ name, mac }: Link): Change[] {
  return [{ kind: 'set-link', place: 'sandbox', link: name, settings: { mac } }];
}

/** The kernel puts the least free number for `%d`. */
const ANY_NAME = 'dev%d';

/** Brings the VF's link back where another link took its name meanwhile. */
export function planHomeAnyName(away: Link): Change[] {
  return [{ kind: 'move-home', link: away.name, name: ANY_NAME }];
}

function foreignAltnames({ altnames }: LinkBefore, now: Link): string[] {
  return altnames ? now.altnames.filter((altname) => !altnames.includes(altname)) : [];
}

/** Brings the VF's link back from the sandbox, under its name. */
export function planHome(before: LinkBefore, away: Link): Change[] {
  const foreign = foreignAltnames(before, away);
  return [
    ...foreign.map(removeAltname('sandbox', away.name)),
    { kind: 'move-home', link: away.name, name: before.name },
  ];
}

/** Linux before 6.3 refuses to rename a link that is up, and any Linux a name that is an altname, even the link's own. */
export function planHostName({ name }: LinkBefore, home: Link): Change[] {
  if (home.name === name) return [];
  return [
    ...(home.altnames.includes(name) ? [removeAltname('home', home.name)(name)] : []),
    ...(home.isUp ? [setHome(home.name, { isUp: false })] : []),
    setHome(home.name, { name }),
  ];
}

const setHome = (link: string, settings: ChangeOf<'set-link'>['settings']): Change => ({
  kind: 'set-link',
  place: 'home',
  link,
  settings,
});

/** What a driver refuses must not keep the rest. The rates are one attribute: the kernel compares them (Linux 6.0). */
const MESSAGES: readonly (readonly (keyof VfSettings)[])[] = [
  ['vlan'],
  ['spoofchk'],
  ['trust'],
  ['linkState'],
  ['minTxRate', 'maxTxRate'],
];

/** All but name and MAC back to what was; empty if it is so. Up comes last: some drivers refuse changes while up. */
export function planRestore({ link, settings }: Before, vf: Vf, seen: Observed): Change[] {
  const { home } = seen;
  const differences = Object.entries(differing(settings, seen.shown));
  const back = MESSAGES.flatMap((keys): Change[] => {
    const part = differences.filter(([key]) => (keys as readonly string[]).includes(key));
    if (part.length === 0) return [];
    return [{ kind: 'set-vf', pf: pfNameOf(vf), index: vf.index, settings: Object.fromEntries(part) }];
  });
  return [...back, ...(home && link ? planLink(link, home) : [])];
}

function planLink(before: LinkBefore, home: Link): Change[] {
  const { name: link } = home;
  const lost = (before.altnames ?? []).filter((altname) => !home.altnames.includes(altname));
  const foreign = foreignAltnames(before, home);
  // A program that was there and is not any more is none of ours to load again.
  const keys = RESTORED.filter((key) => before[key] !== home[key] && !(key === 'hasXdp' && before.hasXdp));
  return [
    ...foreign.map(removeAltname('home', link)),
    ...lost.map((altname): Change => ({ kind: 'add-altname', link, altname })),
    ...keys.map((key) => setHome(link, { [key]: before[key] })),
  ];
}

/** Each is a message of its own: the kernel leaves out the rest of a message of which it refuses a part. */
const RESTORED = [
  'mtu',
  'txQueueLength',
  'alias',
  'isPromiscuous',
  'isAllMulticast',
  'isMulticast',
  'hasArp',
  'hasXdp',
  'isUp',
] as const;
