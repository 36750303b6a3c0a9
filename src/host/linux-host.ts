/** Implements the port Host on Linux: sysfs for facts, `ip` for links, namespaces by descriptor. */
import type { Change, Place, Refusal } from '../attachment/change.ts';
import type { Link, Observed, ObservedNetwork, Vf } from '../attachment/observed.ts';
import type { Host, Sandbox } from '../attachment/ports.ts';
import { bootId } from './boot.ts';
import { linkOf, othersThan, parseLinks, parseNetwork, shownOf } from './ip-output.ts';
import { commandOf, type Words, wordsOf } from './ip-words.ts';
import { isOwnAt, namespaces, type Sandboxes } from './netns.ts';
import { type Ip, type LineRefusal, lineRefusal } from './run-ip.ts';
import type { WriteSysctl } from './sysctl.ts';
import { findDevice, resetFunction } from './sysfs.ts';

export type LinuxHostOptions = {
  /** `/sys`. */
  readonly sys: string;
  readonly ip: Ip;
  readonly writeSysctl: WriteSysctl;
  readonly sandboxes: Sandboxes;
  /** Throws CniError `busy` if no time is left to begin what. */
  readonly mustHaveTime: (what: string) => void;
};

export function createLinuxHost({ sys, ip, writeSysctl, sandboxes, mustHaveTime }: LinuxHostOptions): Host {
  return {
    openSandbox: sandboxes.open,
    closeSandbox: sandboxes.close,
    isOwn: isOwnAt,
    namespaces,
    findDevice: (address) => findDevice(sys, address),
    bootId,
    now: () => new Date().toISOString(),
    observe,
    linksIn: async (sandbox) => {
      const { stdout } = await ip.run({
        lines: [['link', 'show']],
        place: 'sandbox',
        sandbox,
        onRefusal: 'stop',
      });
      return parseLinks(stdout).map(linkOf);
    },
    observeNetwork,
    make: async (changes, sandbox) => (await makeEach(changes, sandbox, 'stop'))[0],
    makeAll: (changes, sandbox) => makeEach(changes, sandbox, 'go on'),
  };

  /** Whoever is asked here may be told to move a link into the sandbox, and has to have inherited it. */
  function atHome(sandbox = sandboxes.last()) {
    return { place: 'home', sandbox } as const;
  }

  /** Only by name: a dump of all links asks every PF for all its VFs. */
  async function observe(vf: Vf, asks: 'link' | 'link and PF'): Promise<Observed> {
    const pfName = asks === 'link and PF' ? vf.pf?.name : undefined;
    const names = [vf.linkName, pfName].filter((name) => name !== undefined);
    const lines = names.map(showWords);
    const { stdout } = await ip.run({ lines, ...atHome(), onRefusal: 'go on' });
    const links = parseLinks(stdout);
    // The name may have gone to another link since sysfs was read.
    const isOfVf = ({ parentDevice = vf.address }: Link) => parentDevice === vf.address;
    const home = links.map(linkOf).find((link) => link.name === vf.linkName && isOfVf(link));
    const pf = links.find(({ ifname }) => ifname === pfName);
    const shown = pf && shownOf(pf, vf.index);
    const others = pf && othersThan(pf, vf.index);
    return { ...(home && { home }), ...(shown && { shown }), ...(others && { others }) };
  }

  async function observeNetwork(sandbox: Sandbox, link: string): Promise<ObservedNetwork> {
    // In whatever table: sbr, behind us in a chain, moves routes to one of its own.
    const routes = ['route', 'show', 'table', 'all', 'dev', link];
    const call = { place: 'sandbox', sandbox, onRefusal: 'go on' } as const;
    const { stdout } = await ip.run({ ...call, lines: [['address', 'show', 'dev', link], routes] });
    const ofIpv6 = await ip.run({ ...call, lines: [routes], options: ['-6'] });
    return parseNetwork(stdout, ofIpv6.stdout);
  }

  async function makeEach(
    changes: readonly Change[],
    sandbox: Sandbox | undefined,
    onRefusal: 'stop' | 'go on',
  ): Promise<Refusal[]> {
    const refusals: Refusal[] = [];
    for (const group of groupsOf(changes)) {
      refusals.push(...(await makeGroup(group, sandbox, onRefusal)));
      if (onRefusal === 'stop' && refusals.length > 0) break;
    }
    return refusals;
  }

  async function makeGroup(
    { way, changes }: Group,
    sandbox: Sandbox | undefined,
    onRefusal: 'stop' | 'go on',
  ): Promise<Refusal[]> {
    if (way === 'sysctl') return sysctls(changes, sandbox);
    if (way === 'sysfs') return changes.flatMap(reset);
    const where = way === 'home' ? atHome(sandbox) : { place: way, sandbox };
    const answer = ip.run({ lines: changes.map(wordsOf), ...where, onRefusal });
    // The kernel takes many milliseconds for it, and then the link is looked for here.
    if (changes.some(({ kind }) => kind === 'move-home')) ip.prepare(atHome());
    const { refusals } = await answer;
    return refusals.flatMap((refusal) => refusalOf(changes[refusal.line], refusal));
  }

  async function sysctls(changes: readonly Change[], sandbox: Sandbox | undefined): Promise<Refusal[]> {
    const refusals: Refusal[] = [];
    for (const change of changes) {
      if (change.kind !== 'set-sysctl' || !sandbox) continue;
      const reason = await writeSysctl(sandbox, change);
      if (reason !== undefined) refusals.push(...refusalOf(change, lineRefusal(reason, 0)));
    }
    return refusals;
  }

  function reset(change: Change): Refusal[] {
    if (change.kind !== 'reset-function') return [];
    mustHaveTime(`reset ${change.device}`);
    const reason = resetFunction(sys, change.device);
    return reason === undefined ? [] : refusalOf(change, { line: 0, reason });
  }
}

/** `ip link set` takes `if<index>` for a name that is no text, `ip link show` does not: then all links are asked for. */
function showWords(name: string): Words {
  return /^if\d+$/.test(name) ? ['link', 'show'] : ['link', 'show', 'dev', name];
}

function refusalOf(change: Change | undefined, { reason, errno }: LineRefusal): Refusal[] {
  if (!change) return [];
  return [{ change, reason, command: commandOf(change), ...(errno && { errno }) }];
}

type Way = Place | 'sysctl' | 'sysfs';
type Group = { readonly way: Way; readonly changes: readonly Change[] };

const WAY_OF: { [K in Change['kind']]: (change: Extract<Change, { kind: K }>) => Way } = {
  'set-vf': () => 'home',
  'set-link': ({ place }) => place,
  'add-altname': () => 'home',
  'remove-altname': ({ place }) => place,
  'move-in': () => 'home',
  'move-home': () => 'sandbox',
  'set-sysctl': () => 'sysctl',
  'reset-function': () => 'sysfs',
  'add-address': () => 'sandbox',
  'add-route': () => 'sandbox',
};

/** Neighbours that go the same way go in one process. */
function groupsOf(changes: readonly Change[]): Group[] {
  const groups: { way: Way; changes: Change[] }[] = [];
  for (const change of changes) {
    const way = (WAY_OF[change.kind] as (change: Change) => Way)(change);
    const last = groups.at(-1);
    if (last?.way === way) last.changes.push(change);
    else groups.push({ way, changes: [change] });
  }
  return groups;
}
