/** What the kernel makes of each kind of change on a machine, or the errno by which it refuses. */
import { contains, isLinkLocal, parseIp, parsePrefix } from '../../schemas/ip.ts';
import { type ByKind, byKind, type Change, type ChangeOf, type Place } from '../attachment/change.ts';
import { leave, setDown } from './accidents.ts';
import { isTaken, type Machine, type ModelLink, type ModelVf, type Namespace } from './machine.ts';

type Errno = string | undefined;
/** A part of a change: undefined if it is not asked for. */
type Part = (() => Errno) | undefined | false;

/** The kernel takes the parts of a message one after the other; what it did before it refuses stays done. */
function inOrder(parts: readonly Part[]): Errno {
  for (const part of parts) {
    const errno = part ? part() : undefined;
    if (errno) return errno;
  }
  return undefined;
}

export function makeChange(machine: Machine, change: Change, sandbox: Namespace | undefined): Errno {
  return byKind(modelOf(machine, sandbox), change);
}

function modelOf(machine: Machine, sandbox: Namespace | undefined): ByKind<Errno> {
  const at = (place: Place): Namespace => {
    const namespace = place === 'home' ? machine.home : sandbox;
    if (!namespace) throw new Error('A change in the sandbox needs a sandbox');
    return namespace;
  };
  const onLink = (place: Place, name: string, effect: (link: ModelLink) => Errno): Errno => {
    const link = at(place).links.find((one) => one.name === name);
    return link ? effect(link) : 'ENODEV';
  };
  return {
    'set-vf': (change) => setVf(machine, change),
    'set-link': ({ place, link, settings }) =>
      onLink(place, link, (found) => setLink(machine, at(place), found, settings)),
    'add-altname': ({ link, altname }) =>
      onLink('home', link, (found) => addAltname(machine.home, found, altname)),
    'remove-altname': ({ place, link, altname }) =>
      onLink(place, link, (found) => removeAltname(found, altname)),
    'move-in': ({ link, name }) =>
      onLink('home', link, (found) =>
        move(machine, { link: found, from: machine.home, to: at('sandbox'), name }),
      ),
    'move-home': ({ link, name }) =>
      onLink('sandbox', link, (found) =>
        move(machine, { link: found, from: at('sandbox'), to: machine.home, name }),
      ),
    'set-sysctl': (change) => setSysctl(at('sandbox'), change),
    'add-address': ({ link, address, detectsDuplicates }) =>
      onLink('sandbox', link, (found) =>
        inOrder([
          () => addAddress(at('sandbox'), found, address),
          detectsDuplicates && address.includes(':') && (() => void detect(machine, found, address)),
        ]),
      ),
    'add-route': ({ link, dst, gw }) => onLink('sandbox', link, (found) => addRoute(found, dst, gw)),
    'reset-function': ({ device }) => resetFunction(machine, device),
  };
}

function setSysctl({ sysctls }: Namespace, { paths, value }: ChangeOf<'set-sysctl'>): Errno {
  for (const path of paths) sysctls.set(path, value);
  return undefined;
}

function addAltname(namespace: Namespace, link: ModelLink, altname: string): Errno {
  if (isTaken(namespace, altname)) return 'EEXIST';
  link.altnames.push(altname);
  return undefined;
}

function removeAltname(link: ModelLink, altname: string): Errno {
  if (!link.altnames.includes(altname)) return 'EINVAL';
  link.altnames = link.altnames.filter((other) => other !== altname);
  return undefined;
}

function setVf({ pf, vfs, clock }: Machine, { pf: name, index, settings }: ChangeOf<'set-vf'>): Errno {
  const vf = vfs.find((one) => one.index === index);
  if (name !== pf.name) return 'ENODEV';
  if (!vf) return 'EINVAL';
  const { mac, vlan, spoofchk, trust, linkState } = settings;
  const set = (wanted: typeof settings, isPossible: boolean): Errno => {
    if (!isPossible) return 'EOPNOTSUPP';
    Object.assign(vf, wanted);
    return undefined;
  };
  return inOrder([
    mac !== undefined && (() => void vf.model.writeAdminMac(vf, mac, clock)),
    vlan && (() => set({ vlan: { ...vlan } }, true)),
    spoofchk && (() => set({ spoofchk }, vf.spoofchk !== undefined)),
    trust && (() => set({ trust }, vf.trust !== undefined)),
    linkState && (() => set({ linkState }, vf.linkState !== undefined)),
    () => setRates(vf, settings),
  ]);
}

/** One attribute: `ip` fills in the rate that is not given by what the PF shows, and the kernel compares them. */
function setRates(vf: ModelVf, { minTxRate, maxTxRate }: ChangeOf<'set-vf'>['settings']): Errno {
  if (minTxRate === undefined && maxTxRate === undefined) return undefined;
  const { minTxRate: shownMin, maxTxRate: shownMax } = vf;
  if (shownMin === undefined || shownMax === undefined) return 'EOPNOTSUPP';
  const [min, max] = [minTxRate ?? shownMin, maxTxRate ?? shownMax];
  if (max > 0 && min > max) return 'EINVAL';
  Object.assign(vf, { minTxRate: min, maxTxRate: max });
  return undefined;
}

function resetFunction({ vfs }: Machine, device: string): Errno {
  const vf = vfs.find(({ address }) => address === device);
  if (!vf?.canReset) return 'ENOENT';
  vf.isDirty = false;
  return undefined;
}

function setLink(
  machine: Machine,
  namespace: Namespace,
  link: ModelLink,
  { mac, name, isUp, ...plain }: ChangeOf<'set-link'>['settings'],
): Errno {
  const set = (wanted: Partial<ModelLink>) => () => void Object.assign(link, wanted);
  return inOrder([
    mac !== undefined && (() => writeMac(machine, link, mac)),
    mac !== undefined && (() => void announce(machine, namespace, link)),
    name !== undefined && (() => rename(namespace, link, name)),
    ...Object.entries(plain).map(([key, value]) => set({ [key]: value })),
    isUp === true && (() => setUp(machine, link)),
    isUp === false && (() => setDown(machine, link) as undefined),
  ]);
}

export function writeMac({ vfs, isBeforeLinux65 }: Machine, link: ModelLink, mac: string): Errno {
  if (link.mac === mac && !isBeforeLinux65) return undefined;
  const vf = vfs.find((one) => one.link === link);
  if (vf) return vf.model.writeMac(vf, mac);
  link.mac = mac;
  return undefined;
}

/** Whatever MAC is written: neighbours are told of the addresses, if that is switched on and the wire is there. */
function announce({ announced }: Machine, { sysctls }: Namespace, link: ModelLink): void {
  if (!link.hasCarrier) return;
  const keyOf = (address: string) =>
    address.includes(':') ? `ipv6/conf/${link.name}/ndisc_notify` : `ipv4/conf/${link.name}/arp_notify`;
  announced.push(...link.addresses.filter((address) => sysctls.get(keyOf(address)) === '1'));
}

/** As before Linux 6.3: not while the link is up. A link's own altnames are taken, too. */
function rename(namespace: Namespace, link: ModelLink, name: string): Errno {
  if (link.name === name) return undefined;
  if (link.isUp) return 'EBUSY';
  if (isTaken(namespace, name)) return 'EEXIST';
  link.name = name;
  return undefined;
}

function setUp({ clock, carrierMs }: Machine, link: ModelLink): Errno {
  link.isUp = true;
  clock.after(carrierMs, () => {
    link.hasCarrier = link.isUp;
  });
  return undefined;
}

type Move = {
  readonly link: ModelLink;
  readonly from: Namespace;
  readonly to: Namespace;
  readonly name: string;
};

/** `%d` stands for the least number that makes the name free. */
function numbered(namespace: Namespace, pattern: string): string {
  const nameOf = (number: number) => pattern.replace('%d', `${number}`);
  let number = 0;
  while (pattern.includes('%d') && isTaken(namespace, nameOf(number))) number += 1;
  return nameOf(number);
}

/** The new name is taken only if the old one is in use over there; else the link is renamed after it has arrived. */
function move(machine: Machine, { link, from, to, ...wanted }: Move): Errno {
  const name = numbered(to, wanted.name);
  const arrivesAs = [link.name, name].find((one) => !isTaken(to, one));
  if (arrivesAs === undefined || link.altnames.some((altname) => isTaken(to, altname))) return 'EEXIST';
  leave(machine, from, link);
  to.links.push(link);
  link.name = arrivesAs;
  return rename(to, link, name);
}

function addAddress({ sysctls }: Namespace, link: ModelLink, address: string): Errno {
  const isOff = sysctls.get(`ipv6/conf/${link.name}/disable_ipv6`) !== '0';
  if (address.includes(':') && isOff) return 'EACCES';
  if (link.addresses.includes(address)) return 'EEXIST';
  link.addresses.push(address);
  return undefined;
}

const DETECTION_MS = 1200;

function detect({ clock, neighbours }: Machine, { doubtful }: ModelLink, address: string): void {
  doubtful.set(address, 'tentative');
  clock.after(DETECTION_MS, () => {
    const isLost = doubtful.delete(address) && neighbours.has(address);
    if (isLost) doubtful.set(address, 'duplicate');
  });
}

/** A next hop has to be on the link: in the subnet of an address, or by a route without a next hop. */
function addRoute(link: ModelLink, dst: string, gw: string | undefined): Errno {
  if (!link.isUp) return 'ENETDOWN';
  const onLink = [...link.addresses, ...link.routes.flatMap((route) => (route.gw ? [] : [route.dst]))];
  const hop = gw === undefined ? undefined : parseIp(gw);
  const isReached = (text: string) => {
    const prefix = parsePrefix(text);
    return prefix !== undefined && hop !== undefined && contains(prefix, hop);
  };
  if (hop && !isLinkLocal(hop) && !onLink.some(isReached)) return 'ENETUNREACH';
  if (link.routes.some((route) => route.dst === dst && route.gw === gw)) return 'EEXIST';
  link.routes.push({ dst, ...(gw !== undefined && { gw }) });
  return undefined;
}
