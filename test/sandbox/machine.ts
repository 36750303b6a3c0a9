/**
 * A machine for one test: private network and mount namespaces of this host, with veths that a planted sysfs calls a
 * PF and its VFs. The plugin under test is the executable that is shipped.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { type Outcome, outcomeOf } from './outcome.ts';
import { type Snapshot, snapshotOf } from './snapshot.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
export const EXECUTABLE = here('../../dist/sriov');
const SHIM = here('./shim.sh');
/** Of Debian's package containernetworking-plugins. */
export const REFERENCE_PLUGINS = '/usr/lib/cni';
/** In the machine, for plugins of a test; they hide the reference plugins of the same name. */
export const OWN_PLUGINS = '/run/plugins';
/** Above the time that the plugin gives itself. */
const PATIENCE_MS = 110_000;

export type MachineOptions = {
  /** How many VFs the PF has: `vf0`, `vf1`, ... Default: 2. */
  readonly vfs?: number;
  /** Network namespaces below /run/netns. Default: `pod1` and `pod2`. */
  readonly pods?: readonly string[];
  /** Mount options of the tmpfs below /var/lib/cni, such as `size=64k`. */
  readonly store?: string;
};

export type Ended = { readonly code: number | undefined; readonly stdout: string; readonly stderr: string };

type RunOptions = {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
};

/** One call of the plugin, as a runtime makes it. */
export type Call = {
  /** A text is sent as it is. */
  readonly netconf: object | string;
  readonly containerId?: string;
  readonly ifName?: string;
  readonly netns?: string;
  readonly args?: string;
  /** The path of another plugin than ours. */
  readonly plugin?: string;
  /** A program that starts the plugin, and its arguments: the plugin's path comes behind them. */
  readonly via?: readonly string[];
  /** More of the environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
};

/** What the shim does to the plugin's n-th change: see shim.sh. */
export type Plan = {
  readonly act:
    | 'pass'
    | 'refuse'
    | 'refuse-from'
    | 'unsupported'
    | 'busy'
    | 'busy-twice'
    | 'hang'
    | 'hang-call'
    | 'freeze'
    | KillAct;
  readonly step: number;
};

/** A script after which the kernel says that it was booted anew. */
export const NEXT_BOOT =
  'cat /proc/sys/kernel/random/uuid >/run/boot_id; mount --bind /run/boot_id /proc/sys/kernel/random/boot_id';

export type KillAct = 'kill-before' | 'kill-after' | 'kill-amid' | 'kill-group-before' | 'kill-group-after';

export type Machine = Awaited<ReturnType<typeof createMachine>>;

export const netnsOf = (pod: string) => `/run/netns/${pod}`;

/** Address of VF n in the planted sysfs: every second function, as an igb has them. */
export const vfAddress = (n: number) => `0000:01:${(0x10 + Math.floor(n / 4)).toString(16)}.${(n % 4) * 2}`;

export async function createMachine({
  vfs = 2,
  pods = ['pod1', 'pod2'],
  store = 'size=1m',
}: MachineOptions = {}) {
  // It ends with its input: whatever this process dies of, the machine goes with it.
  const holder = execa(
    '/usr/bin/unshare',
    [
      '--net',
      '--mount',
      '--propagation',
      'private',
      'bash',
      here('../../scripts/sandbox/set-up.sh'),
      `${vfs}`,
      pods.join(' '),
      store,
    ],
    { stdin: 'pipe', reject: false, buffer: { stdout: false } },
  );
  const isReady = await Promise.race([
    new Promise<boolean>((resolve) => holder.stdout.once('data', () => resolve(true))),
    holder.then(() => false),
  ]);
  if (!isReady) throw new Error(`Cannot set up the machine: ${(await holder).stderr}`);

  return { run, sh, inPod, path, cni, add, check, del, interpose, addPod, snapshot, stop };

  /** A file of the machine, as this process sees it. */
  function path(inside: string): string {
    return `/proc/${holder.pid}/root${inside}`;
  }

  async function run(argv: readonly string[], { input = '', env = {} }: RunOptions = {}): Promise<Ended> {
    const entering = [`-t${holder.pid}`, '-n', '-m', '--', ...argv];
    const options = {
      input,
      env: { PATH: '/run/real:/usr/sbin:/usr/bin', ...env },
      extendEnv: false,
      reject: false,
      timeout: PATIENCE_MS,
      killSignal: 'SIGKILL' as const,
    };
    const { exitCode, stdout, stderr } = await execa('/usr/bin/nsenter', entering, options);
    return { code: exitCode, stdout, stderr };
  }

  /** Runs a script that must succeed, and returns what it prints; `ip` is always the real one. */
  async function sh(script: string): Promise<string> {
    const { code, stdout, stderr } = await run(['bash', '--norc', '-euo', 'pipefail', '-c', script]);
    if (code !== 0) throw new Error(`${script}: exit code ${code}: ${stderr}`);
    return stdout;
  }

  /** Runs a command that must succeed in the network namespace of `pod1`. */
  function inPod(command: string): Promise<string> {
    return sh(`nsenter --net=${netnsOf('pod1')} ${command}`);
  }

  async function cni(command: string, call: Call): Promise<Outcome> {
    const { netconf, containerId = 'c1', ifName = 'net1', netns = netnsOf('pod1'), args, env } = call;
    const { plugin = EXECUTABLE, via = [] } = call;
    const variables = {
      CNI_COMMAND: command,
      CNI_CONTAINERID: containerId,
      CNI_IFNAME: ifName,
      CNI_NETNS: netns,
      CNI_PATH: `${OWN_PLUGINS}:${REFERENCE_PLUGINS}`,
      ...(args === undefined ? {} : { CNI_ARGS: args }),
      ...env,
    };
    const input = typeof netconf === 'string' ? netconf : JSON.stringify(netconf);
    return outcomeOf(await run([...via, plugin], { input, env: variables }));
  }

  function add(call: Call): Promise<Outcome> {
    return cni('ADD', call);
  }

  function check(
    call: Call & { readonly netconf: object },
    prevResult: object | undefined,
  ): Promise<Outcome> {
    return cni('CHECK', { ...call, netconf: { ...call.netconf, prevResult } });
  }

  function del(call: Call): Promise<Outcome> {
    return cni('DEL', call);
  }

  /** Runs the action with the shim in front of `ip` and `tee`; returns the changes that the plugin asked for. */
  async function interpose({ act, step }: Plan, action: () => Promise<unknown>): Promise<readonly string[]> {
    for (const counted of ['steps', 'calls']) await rm(path(`/run/shim/${counted}`), { force: true });
    await writeFile(path('/run/shim/plan'), `${act} ${step}\n`);
    const programs = '/usr/sbin/ip /usr/bin/tee';
    await sh(`for program in ${programs}; do mount --bind ${SHIM} "$(readlink -f $program)"; done`);
    try {
      await action();
    } finally {
      await sh(`for program in ${programs}; do umount -l "$(readlink -f $program)"; done`);
    }
    const steps = await readFile(path('/run/shim/steps'), 'utf8').catch(() => '');
    return steps.split('\n').filter(Boolean);
  }

  /** Returns the path of the pod's network namespace. */
  async function addPod(name: string): Promise<string> {
    await sh(`ip netns add ${name}; nsenter --net=${netnsOf(name)} ip link set lo up`);
    return netnsOf(name);
  }

  /** Links, pods, sysfs and all files that the plugin may write, without what changes by itself. */
  function snapshot(): Promise<Snapshot> {
    return snapshotOf({ sh, path });
  }

  async function stop(): Promise<void> {
    holder.stdin.end();
    await holder;
  }
}
