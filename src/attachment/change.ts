/** Everything we can do to the machine. A new kind does not compile until all tables keyed by it have it. */
import type { LinkBefore, VfSettings } from '../../schemas/record.ts';
import type { ResultRoute } from '../../schemas/result.ts';
import type { PciAddress } from '../../schemas/words.ts';

/** Where a link is: in our own namespace, or in the sandbox. */
export type Place = 'home' | 'sandbox';

export type Change =
  /** Through the PF; `mac` is the admin MAC. */
  | {
      kind: 'set-vf';
      pf: string;
      index: number;
      settings: VfSettings & { mac?: string };
    }
  | {
      kind: 'set-link';
      place: Place;
      link: string;
      settings: Partial<Omit<LinkBefore, 'altnames' | 'hasParentDevice'>>;
    }
  | { kind: 'add-altname'; link: string; altname: string }
  | { kind: 'remove-altname'; place: Place; link: string; altname: string }
  /** Move and rename in one message: the link is never seen in the sandbox under another name. */
  | { kind: 'move-in'; link: string; name: string }
  | { kind: 'move-home'; link: string; name: string }
  /** Paths below /proc/sys/net/, in the sandbox. A missing one is no error: the kernel lacks the feature. */
  | { kind: 'set-sysctl'; paths: readonly string[]; value: string }
  /** An IPv6 address is used at once, unless duplicates are to be detected. */
  | { kind: 'add-address'; link: string; address: string; detectsDuplicates?: true }
  /** Without `gw` the destination is on the link itself. */
  | ({ kind: 'add-route'; link: string } & ResultRoute)
  /** Function-level reset of a device that has no link. */
  | { kind: 'reset-function'; device: PciAddress };

export type Kind = Change['kind'];
export type ChangeOf<K extends Kind> = Extract<Change, { kind: K }>;
/** One entry per kind. */
export type ByKind<T> = { [K in Kind]: (change: ChangeOf<K>) => T };

/** Looks the change up in a table by kind. */
export function byKind<T>(table: ByKind<T>, change: Change): T {
  return (table[change.kind] as (change: Change) => T)(change);
}

const PLACE = { home: 'on the host', sandbox: 'in the sandbox' } as const;

export function vlanText({ id, qos, protocol }: NonNullable<VfSettings['vlan']>): string {
  return `${id}${qos ? ` with priority ${qos}` : ''}${protocol ? ` by ${protocol}` : ''}`;
}

const rateWords = (rate: number | undefined, bound: string) =>
  rate !== undefined && `${bound} transmit rate ${rate === 0 ? 'none' : `${rate} Mbit/s`}`;

const vfWords = ({ vlan, mac, ...settings }: ChangeOf<'set-vf'>['settings']) => [
  vlan && `VLAN ${vlanText(vlan)}`,
  settings.spoofchk && `spoofchk ${settings.spoofchk}`,
  settings.trust && `trust ${settings.trust}`,
  settings.linkState && `link state ${settings.linkState}`,
  rateWords(settings.minTxRate, 'least'),
  rateWords(settings.maxTxRate, 'greatest'),
  mac && `admin MAC ${mac}`,
];

const FLAGS = {
  isPromiscuous: 'promiscuous',
  isAllMulticast: 'all multicast',
  isMulticast: 'multicast',
  hasArp: 'ARP',
  hasXdp: 'XDP',
} as const;

const flagWords = (settings: ChangeOf<'set-link'>['settings']) =>
  Object.entries(FLAGS).map(([key, word]) => {
    const isOn = settings[key as keyof typeof FLAGS];
    return isOn !== undefined && `${word} ${isOn ? 'on' : 'off'}`;
  });

const linkWords = (settings: ChangeOf<'set-link'>['settings']) => {
  const { name, mac, mtu, txQueueLength, alias, isUp } = settings;
  return [
    name && `name ${name}`,
    mac && `MAC ${mac}`,
    mtu && `MTU ${mtu}`,
    txQueueLength !== undefined && `transmit queue of ${txQueueLength}`,
    alias !== undefined && `alias "${alias}"`,
    ...flagWords(settings),
    isUp !== undefined && (isUp ? 'up' : 'down'),
  ];
};

const listed = (words: readonly (string | false | 0 | undefined)[]) => words.filter(Boolean).join(', ');

const SENTENCES: ByKind<string> = {
  'set-vf': ({ pf, index, settings }) => `set VF ${index} of ${pf}: ${listed(vfWords(settings))}`,
  'set-link': ({ place, link, settings }) => `set ${link} ${PLACE[place]}: ${listed(linkWords(settings))}`,
  'add-altname': ({ link, altname }) => `add altname ${altname} to ${link}`,
  'remove-altname': ({ place, link, altname }) => `remove altname ${altname} of ${link} ${PLACE[place]}`,
  'move-in': ({ link, name }) => `move ${link} into the sandbox as ${name}`,
  'move-home': ({ link, name }) => `move ${link} back to the host as ${name}`,
  'set-sysctl': ({ paths, value }) => `write ${value} to ${paths.join(' and ')} in the sandbox`,
  'add-address': ({ link, address }) => `add address ${address} to ${link}`,
  'add-route': ({ link, dst, gw, table }) =>
    `add route to ${dst} ${gw ? `via ${gw}` : 'on link'} at ${link}${table === undefined ? '' : ` in table ${table}`}`,
  'reset-function': ({ device }) => `reset ${device}`,
};

/** What the change does, for log, error and review: "move enp1s0v0 into the sandbox as net1". */
export function sentenceOf(change: Change): string {
  return byKind(SENTENCES, change);
}

/** The kernel's answer to a change that it did not make. */
export type Refusal = {
  readonly change: Change;
  /** Symbolic, such as `EADDRNOTAVAIL`; absent where the kernel explains itself in words instead. */
  readonly errno?: string;
  /** The kernel's or iproute2's own text. */
  readonly reason: string;
  /** The `ip` command to try by hand. */
  readonly command: string;
};

export function refusalText({ change, reason, command }: Refusal): string {
  return `Cannot ${sentenceOf(change)}: ${reason} (${command})`;
}
