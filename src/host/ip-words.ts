/** Changes as arguments of `ip`. */
import type { ByKind, Change, ChangeOf } from '../attachment/change.ts';
import { DESCRIPTORS } from './descriptors.ts';

export type Words = readonly string[];

export const onOff = (isOn: boolean) => (isOn ? 'on' : 'off');

/** `ip` writes 802.1Q by the attribute that every driver knows, and reads a rate that is not given from the PF. */
function vfWords(settings: ChangeOf<'set-vf'>['settings']): Words {
  const { vlan, spoofchk, trust, linkState, minTxRate, maxTxRate, mac } = settings;
  return [
    ...(vlan ? ['vlan', String(vlan.id), 'qos', String(vlan.qos)] : []),
    ...(vlan?.protocol ? ['proto', vlan.protocol] : []),
    ...(spoofchk ? ['spoofchk', spoofchk] : []),
    ...(trust ? ['trust', trust] : []),
    ...(linkState ? ['state', linkState] : []),
    ...(maxTxRate === undefined ? [] : ['max_tx_rate', String(maxTxRate)]),
    ...(minTxRate === undefined ? [] : ['min_tx_rate', String(minTxRate)]),
    ...(mac ? ['mac', mac] : []),
  ];
}

const FLAGS = [
  ['isPromiscuous', 'promisc'],
  ['isAllMulticast', 'allmulticast'],
  ['isMulticast', 'multicast'],
  ['hasArp', 'arp'],
] as const;

function linkWords(settings: ChangeOf<'set-link'>['settings']): Words {
  const { name, mac, mtu, txQueueLength, alias, hasXdp, isUp } = settings;
  return [
    ...(name ? ['name', name] : []),
    ...(mac ? ['address', mac] : []),
    ...(mtu ? ['mtu', String(mtu)] : []),
    ...(txQueueLength === undefined ? [] : ['txqueuelen', String(txQueueLength)]),
    ...(alias === undefined ? [] : ['alias', alias]),
    ...FLAGS.flatMap(([key, word]) => (settings[key] === undefined ? [] : [word, onOff(settings[key])])),
    ...(hasXdp === false ? ['xdp', 'off'] : []),
    ...(isUp === undefined ? [] : [isUp ? 'up' : 'down']),
  ];
}

const linkSet = (link: string, ...words: Words): Words => ['link', 'set', 'dev', link, ...words];

/**
 * `brd +` is what netlink users get by default; ip sets no broadcast address of its own accord. `nodad`: while duplicate
 * detection runs (1 to 2 s), even an optimistic address cannot ask for a neighbour, so that a pod that speaks first waits.
 */
function addressWords({ link, address, detectsDuplicates }: ChangeOf<'add-address'>): Words {
  const isIpv6 = address.includes(':');
  return [
    ...['address', 'add', address, 'dev', link],
    ...(isIpv6 ? [] : ['brd', '+']),
    ...(isIpv6 && !detectsDuplicates ? ['nodad'] : []),
  ];
}

/** Before the 1024 that the kernel gives an IPv6 route by default. */
const IPV6_METRIC = 512;

/**
 * A route that the pod has to the same destination on another interface does not refuse ours, it comes after it. IPv4
 * has `prepend` for that (a request without NLM_F_EXCL, as the established plugins send it). IPv6 would make one
 * multipath route of both, and send half of the connections each way: a lower metric keeps them apart.
 */
function routeWords({ link, dst, gw, priority, ...more }: ChangeOf<'add-route'>): Words {
  const metric = priority ?? (dst.includes(':') ? IPV6_METRIC : undefined);
  const given = (key: string, value: number | undefined) => (value === undefined ? [] : [key, String(value)]);
  return [
    ...['route', 'prepend', dst, ...(gw ? ['via', gw] : []), 'dev', link],
    ...given('metric', metric),
    ...given('table', more.table),
    ...given('scope', more.scope),
    ...given('mtu', more.mtu),
    ...given('advmss', more.advmss),
  ];
}

const WORDS: ByKind<Words> = {
  'set-vf': ({ pf, index, settings }) => linkSet(pf, 'vf', String(index), ...vfWords(settings)),
  'set-link': ({ link, settings }) => linkSet(link, ...linkWords(settings)),
  'add-altname': ({ link, altname }) => ['link', 'property', 'add', 'dev', link, 'altname', altname],
  'remove-altname': ({ link, altname }) => ['link', 'property', 'del', 'dev', link, 'altname', altname],
  'move-in': ({ link, name }) => linkSet(link, 'netns', `/proc/self/fd/${DESCRIPTORS.sandbox}`, 'name', name),
  'move-home': ({ link, name }) => linkSet(link, 'netns', `/proc/self/fd/${DESCRIPTORS.home}`, 'name', name),
  'set-sysctl': ({ paths, value }) => ['-w', ...paths.map((path) => `net/${path}=${value}`)],
  'add-address': addressWords,
  'add-route': routeWords,
  'reset-function': ({ device }) => ['1', '>', `/sys/bus/pci/devices/${device}/reset`],
};

const PROGRAMS: Partial<Record<Change['kind'], string>> = {
  'set-sysctl': 'sysctl',
  'reset-function': 'echo',
};

export function wordsOf(change: Change): Words {
  return (WORDS[change.kind] as (change: Change) => Words)(change);
}

/** What a person would type to make the change, in the right namespace. */
export function commandOf(change: Change): string {
  const words = wordsOf(change).map((word) => (word === '' ? "''" : word));
  return [PROGRAMS[change.kind] ?? 'ip', ...words].join(' ');
}
