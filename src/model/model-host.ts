/** Implements the port Host over a model of a machine. Every call takes some virtual time, as a process would. */
import { CniError } from '../../schemas/fault.ts';
import { type Change, type Refusal, sentenceOf } from '../attachment/change.ts';
import type { Device, Link, Observed, ObservedNetwork, Pf, ShownByPf, Vf } from '../attachment/observed.ts';
import type { Host, Sandbox } from '../attachment/ports.ts';
import { dieIfAlone } from './accidents.ts';
import { makeChange } from './kernel.ts';
import type { Machine, ModelLink, ModelVf, Namespace } from './machine.ts';

const CALL_MS = 10;

/** A network card that is no VF. */
export const PLAIN_DEVICE = '0000:00:1f.2';

export function modelHost(machine: Machine): Host {
  const { sandboxes } = machine;
  const opened = openedOn(machine);
  const { took, make } = changing(machine, opened.namespaceOf);
  return {
    openSandbox: opened.open,
    closeSandbox: opened.close,
    isOwn: (path, inode) =>
      sandboxes.get(path) === machine.home && (inode ?? machine.home.inode) === machine.home.inode,
    namespaces: () => [...sandboxes].map(([path, { inode }]) => ({ path, inode })),
    findDevice: (address) => deviceAt(machine, address),
    async observe(vf, asks) {
      took();
      const home = machine.home.links.find(({ name }) => name === vf.linkName);
      const isPfAsked = asks === 'link and PF' && vf.pf?.name !== undefined;
      return { ...(home && { home: linkOf(home) }), ...(isPfAsked && seenByPf(machine, vf)) };
    },
    async linksIn(sandbox) {
      took();
      return opened.namespaceOf(sandbox).links.map(linkOf);
    },
    async observeNetwork(sandbox, linkName) {
      took();
      return networkOf(opened.namespaceOf(sandbox).links.find(({ name }) => name === linkName));
    },
    async make(changes, sandbox) {
      for (const change of changes) {
        const [refusal] = make(change, sandbox);
        if (refusal) return refusal;
      }
      return undefined;
    },
    makeAll: async (changes, sandbox) => changes.flatMap((change) => make(change, sandbox)),
    bootId: () => machine.bootId,
    now: () => new Date(machine.clock.now()).toISOString(),
  };
}

function openedOn(machine: Machine) {
  const opened = new Map<number, Namespace>();
  const namespaceOf = ({ fd, path }: Sandbox): Namespace => {
    const namespace = opened.get(fd);
    if (!namespace) throw new Error(`The sandbox ${path} is not open`);
    return namespace;
  };
  return {
    namespaceOf,
    open(path: string): Sandbox {
      machine.steps.mustLive();
      const namespace = machine.sandboxes.get(path);
      if (!namespace || namespace === machine.home) throw new CniError('netns', `${path} is no sandbox`);
      const fd = 10 + opened.size;
      opened.set(fd, namespace);
      namespace.openBy += 1;
      return { path, fd, inode: namespace.inode };
    },
    close(sandbox: Sandbox): void {
      const namespace = namespaceOf(sandbox);
      namespace.openBy -= 1;
      dieIfAlone(machine, namespace);
    },
  };
}

function changing(machine: Machine, namespaceOf: (sandbox: Sandbox) => Namespace) {
  const { clock, steps } = machine;
  const took = () => {
    steps.mustLive();
    clock.pass(CALL_MS);
  };
  const make = (change: Change, sandbox: Sandbox | undefined): Refusal[] => {
    took();
    if (machine.locked.size === 0) throw new Error(`Without a lock: ${sentenceOf(change)}`);
    const errno = steps.take(
      sentenceOf(change),
      () => makeChange(machine, change, sandbox && namespaceOf(sandbox)),
      () => 'EINVAL',
    );
    return refusalOf(change, errno);
  };
  return { took, make };
}

/** An errno as the refusal it stands for. */
const refusalOf = (change: Change, errno: string | undefined): Refusal[] =>
  errno === undefined ? [] : [{ change, errno, reason: errno, command: `ip ... (${change.kind})` }];

function networkOf(link: ModelLink | undefined): ObservedNetwork {
  const doubtful = (is: string) =>
    [...(link?.doubtful ?? [])].flatMap(([address, doubt]) => (doubt === is ? [address] : []));
  return {
    addresses: [...(link?.addresses ?? [])],
    tentative: doubtful('tentative'),
    duplicate: doubtful('duplicate'),
    routes: [...(link?.routes ?? [])],
  };
}

function deviceAt({ pf, vfs, home }: Machine, address: string): Device {
  if (address === pf.address) return { is: 'pf', vfs: vfs.length };
  if (address === PLAIN_DEVICE) {
    return { is: 'vf', address: address as Vf['address'], index: 0, driver: 'e1000e' };
  }
  const vf = vfs.find((one) => one.address === address);
  if (!vf) return { is: 'absent' };
  return {
    is: 'vf',
    address: vf.address as Vf['address'],
    ...(pf.isThere ? { pf: pfOf(pf), index: vf.index } : { index: 0 }),
    ...(vf.driver && { driver: vf.driver }),
    ...(home.links.includes(vf.link) && { linkName: vf.link.name }),
    ...(vf.canReset && { canReset: true }),
  };
}

function pfOf({ address, name, mtu, isDown, isSwitchdev }: Machine['pf']): Pf {
  return {
    address,
    ...(name && { name, mtu, ...(isDown && { isDown }) }),
    ...(isSwitchdev && { isSwitchdev }),
  };
}

function linkOf({ addresses, doubtful, routes, ...link }: ModelLink): Link {
  return { ...link, name: link.name as Link['name'], altnames: [...link.altnames] };
}

function seenByPf({ vfs }: Machine, { address }: Vf): Pick<Observed, 'shown' | 'others'> {
  const own = vfs.find((vf) => vf.address === address);
  const others = vfs.filter((vf) => vf !== own).map(({ index, shownMac }) => ({ index, mac: shownMac }));
  return { ...(own && { shown: shownOf(own) }), others };
}

function shownOf({ shownMac, vlan, spoofchk, trust, linkState, minTxRate, maxTxRate }: ModelVf): ShownByPf {
  return {
    mac: shownMac,
    vlan: { ...vlan },
    ...(spoofchk && { spoofchk }),
    ...(trust && { trust }),
    ...(linkState && { linkState }),
    ...(minTxRate !== undefined && { minTxRate }),
    ...(maxTxRate !== undefined && { maxTxRate }),
  };
}
