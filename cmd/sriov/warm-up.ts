/**
 * Runs every command once while the snapshot is built, on a planted machine, so that all code of the hot path is
 * loaded and compiled in the executable. Nothing outside a temporary directory is touched.
 */
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { directoryOf, ownersOf } from '../../ipam/disk-layout.ts';
import { converse, programsOf } from '../../src/host/conversation.ts';
import { type Child, type Ended, type RunChild, runChild, within } from '../../src/host/run-child.ts';
import { forgetCode } from './forget-code.ts';
import { answerRuntime } from './runtime.ts';
import { NO_TRACE } from './trace.ts';
import type { Machine } from './world.ts';

const DEVICE = '0000:01:10.0';
const OLD_MAC = '02:00:00:00:00:01';
const NEW_MAC = '02:00:00:00:00:02';

const TIMEOUT_MS = 5000;

export async function warmUp(): Promise<void> {
  const root = mkdtempSync(`${tmpdir()}/sriov-snapshot-`);
  try {
    const machine: Machine = {
      sys: plantedSysfs(root),
      stateDir: `${root}/state`,
      sriovCniDir: `${root}/sriov-cni`,
      policyFile: `${root}/no-policy`,
      programs: programsOf(plantedChildren(), { isKept: true }),
      trace: NO_TRACE,
    };
    const planted: Planted = { machine, root, name: 'sriov' };
    await everything(planted);
    forgetCode(`${root}/heap`);
    await everything(planted);
    await forgetTimers();
  } finally {
    rmSync(root, { recursive: true });
  }
}

type Planted = {
  readonly machine: Machine;
  readonly root: string;
  /** By which the executable is started. */
  readonly name: 'sriov' | 'host-local';
};

async function everything(planted: Planted): Promise<void> {
  const { root } = planted;
  for (const option of ['--version', '--no-such-option'])
    await runChild({ program: 'flock', args: [option], timeoutMs: TIMEOUT_MS });
  await converseOnce();
  await beRefusedOnce();
  for (const conf of [netconf(root, '0.3.1', SHORT), netconf(root, '1.1.0', LONG)])
    await oneLife(planted, conf);
  const conf = netconf(root, '0.3.1', SHORT);
  const store = directoryOf(conf.name, conf.ipam.dataDir);
  for (const become of [small, large]) {
    become(store);
    for (const command of ['ADD', 'DEL'])
      await mustSucceed({ ...planted, name: 'host-local' }, command, conf);
  }
  await mustFail('no such device', planted, { ...conf, deviceID: '0000:ff:1f.7' });
  await mustFail('vlan', planted, { ...conf, vlan: 'x' });
  await mustFail('of the plugin itself', planted, conf, { CNI_NETNS_OVERRIDE: '0' });
}

/**
 * Node goes by the expiry of the earliest timer, also of one that was cleared, until one has fired; in the snapshot it would be for good, and
 * keep all later ones from firing.
 */
const forgetTimers = () => within(1, new Promise(() => {}));

/** What a store becomes: one that never was large, and one that was once. */
const small = (store: string) => rmSync(ownersOf(store), { recursive: true, force: true });
const large = (store: string) => mkdirSync(ownersOf(store), { recursive: true });

async function converseOnce(): Promise<void> {
  const { ask, end, leave } = converse({ program: 'tee', args: [], descriptors: [undefined] });
  const { stdout } = await ask({ input: 'one\n', answerLines: 1, timeoutMs: TIMEOUT_MS });
  if (stdout !== 'one\n') throw new Error(`tee answered in the snapshot builder: ${stdout}`);
  await end();
  leave();
}

/** As by a link that is not there: `ip` complains, and ends. */
async function beRefusedOnce(): Promise<void> {
  const { ask, leave } = converse({ program: 'tee', args: ['--no-such-option'] });
  const { ended } = await ask({ input: 'one\n', answerLines: 1, timeoutMs: TIMEOUT_MS });
  if (!ended?.stderr) throw new Error('tee should have refused its option in the snapshot builder');
  leave();
}

const IPV4 = { subnet: '10.20.30.0/25', gateway: '10.20.10.1' };
const SHORT = { ...IPV4, routes: [{ dst: '0.0.0.0/0' }] };
const LONG = {
  ranges: [[IPV4], [{ subnet: '2001:db8::/64' }]],
  routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }],
};

function netconf(root: string, cniVersion: string, addresses: object) {
  return {
    cniVersion,
    name: 'network',
    type: 'sriov',
    deviceID: DEVICE,
    vlan: 100,
    vlanQoS: 1,
    spoofchk: 'on',
    trust: 'off',
    mtu: 1400,
    mac: NEW_MAC,
    logLevel: 'info',
    logFile: `${root}/sriov.log`,
    ipam: { type: 'host-local', dataDir: `${root}/networks`, ...addresses },
  };
}

async function oneLife(planted: Planted, conf: ReturnType<typeof netconf>): Promise<void> {
  await mustSucceed(planted, 'VERSION', conf);
  const prevResult = JSON.parse(await mustSucceed(planted, 'ADD', conf));
  if (conf.cniVersion === '1.1.0') {
    // The planted machine has only part of what ADD made: what CHECK says of it does not matter.
    await call(planted, 'CHECK', { ...conf, prevResult });
    await mustSucceed(planted, 'STATUS', conf);
    await mustSucceed(planted, 'GC', {
      ...conf,
      'cni.dev/valid-attachments': [{ containerID: 'c', ifname: 'net1' }],
    });
  }
  await mustSucceed(planted, 'DEL', conf);
  await mustSucceed(planted, 'DEL', conf);
}

async function call({ machine, root, name }: Planted, command: string, conf: object, others: object = {}) {
  const env = {
    CNI_COMMAND: command,
    CNI_CONTAINERID: 'c',
    CNI_IFNAME: 'net1',
    CNI_NETNS: '/proc/self/ns/net',
    CNI_NETNS_OVERRIDE: '1',
    CNI_ARGS: 'IgnoreUnknown=1;K8S_POD_NAME=p',
    ...others,
  };
  writeFileSync(`${root}/stdin`, JSON.stringify(conf));
  const stdin = openSync(`${root}/stdin`, 'r');
  const stdout = openSync(`${root}/stdout`, 'w');
  const output = await answerRuntime(machine, { name, env, stdin, stdout });
  for (const fd of [stdin, stdout]) closeSync(fd);
  return output;
}

async function mustSucceed(planted: Planted, command: string, conf: object): Promise<string> {
  const { exitCode, stdout, cause } = await call(planted, command, conf);
  if (exitCode !== 0) throw new Error(`${command} failed in the snapshot builder: ${stdout}`, { cause });
  return stdout;
}

async function mustFail(why: string, planted: Planted, conf: object, others: object = {}): Promise<void> {
  const { exitCode, stdout } = await call(planted, 'ADD', conf, others);
  if (exitCode === 0 || !stdout.includes(why))
    throw new Error(`ADD should have failed in the snapshot builder, with "${why}": ${stdout}`);
}

function plantedSysfs(root: string): string {
  const devices = `${root}/sys/bus/pci/devices`;
  const pf = `${devices}/0000:01:00.0`;
  const vf = `${devices}/${DEVICE}`;
  mkdirSync(`${pf}/net/pf0`, { recursive: true });
  mkdirSync(`${vf}/net/vf0`, { recursive: true });
  writeFileSync(`${pf}/net/pf0/mtu`, '1500\n');
  for (const name of ['pf0', 'vf0']) {
    const link = `${root}/sys/class/net/${name}`;
    mkdirSync(link, { recursive: true });
    writeFileSync(`${link}/ifindex`, `${LINK.ifindex}\n`);
  }
  symlinkSync('../0000:01:00.0', `${vf}/physfn`);
  symlinkSync('../../../drivers/planted', `${vf}/driver`);
  symlinkSync(`../${DEVICE}`, `${pf}/virtfn0`);
  return `${root}/sys`;
}

/** `ip` and its like, as far as one life of an attachment asks them. */
function plantedChildren(): RunChild {
  const state = { isHome: true, looks: 0, mac: OLD_MAC, adminMac: OLD_MAC, isSetUp: false };
  return async ({ args, input = '' }: Child): Promise<Ended> => {
    const lines = [args.filter((arg) => !arg.startsWith('-')).join(' '), ...input.split('\n')];
    const stdout = lines.map((line) => planted(line, state)).filter(Boolean);
    return { exitCode: 0, stdout: stdout.join('\n'), stderr: '' };
  };
}

/** `looks`: into the sandbox, since the link came there. */
type PlantedState = { isHome: boolean; looks: number; mac: string; adminMac: string; isSetUp: boolean };

function planted(line: string, state: PlantedState): string {
  state.mac = / address (02\S+)/.exec(line)?.[1] ?? state.mac;
  state.adminMac = / vf 0 .*mac (\S+)/.exec(line)?.[1] ?? state.adminMac;
  if (line.includes('netns /proc/self/fd/4')) Object.assign(state, { isHome: false, looks: 0 });
  if (line.includes('netns /proc/self/fd/5')) state.isHome = true;
  if (line.startsWith('link set dev pf0')) state.isSetUp = !line.includes('vlan 0');
  if (line.startsWith('address show')) return '[{"addr_info":[{"local":"10.20.30.1","prefixlen":25}]}]';
  if (line.includes('route show')) return '[{"dst":"default","gateway":"10.20.10.1","flags":[]}]';
  if (line === 'link show dev lo') return JSON.stringify([LOOPBACK]);
  if (line.includes('link show dev pf0')) return JSON.stringify([plantedPf(state)]);
  if (line.includes('link show dev vf0'))
    return JSON.stringify(state.isHome ? [plantedVf('vf0', state)] : []);
  return line.includes('link show') ? JSON.stringify(inSandbox(state)) : '';
}

/** The carrier comes after a while. */
function inSandbox(state: PlantedState) {
  if (state.isHome) return [LOOPBACK];
  state.looks += 1;
  const link = plantedVf('net1', state);
  return [LOOPBACK, { ...link, flags: [...link.flags, ...(state.looks > 2 ? ['LOWER_UP'] : [])] }];
}

const LINK = { ifindex: 7, link_type: 'ether', flags: ['BROADCAST', 'UP'], mtu: 1500 };

const LOOPBACK = { ...LINK, ifindex: 1, ifname: 'lo', link_type: 'loopback' };

function plantedVf(ifname: string, { mac }: PlantedState) {
  return { ...LINK, ifname, address: mac, parentdev: DEVICE, ...(ifname === 'net1' && { mtu: 1400 }) };
}

function plantedPf({ adminMac, isSetUp }: PlantedState) {
  const vf = isSetUp
    ? { vlan_list: [{ vlan: 100, qos: 1 }], spoofchk: true, trust: false }
    : { vlan_list: [{}], spoofchk: true, trust: false };
  return { ...LINK, ifname: 'pf0', address: OLD_MAC, vfinfo_list: [{ vf: 0, address: adminMac, ...vf }] };
}
