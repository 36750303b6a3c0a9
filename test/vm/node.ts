/** The node under test: a VM with real SR-IOV in which the built executable is installed as on a server. */
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { bootLab, type Lab } from './lab.ts';

const EXECUTABLE = fileURLToPath(new URL('../../dist/sriov', import.meta.url));
const GUEST = fileURLToPath(new URL('../../scripts/lab/guest', import.meta.url));

const TIMEOUT_MS = 120_000;
/** Copying the executable over 9p and making VFs take 10 s on an idle machine. */
const SET_UP_TIMEOUT_MS = 280_000;

/** The first VF of each PF, and a second one of the first. */
export const VF = '0000:01:10.0';
export const SECOND_VF = '0000:01:10.2';
export const VF_OF_SECOND_PF = '0000:02:10.0';
export const PF = '0000:01:00.0';

/** The network that this project began with: its gateway is outside its subnet. */
export const TUTORIAL = {
  type: 'sriov',
  cniVersion: '0.3.1',
  name: 'sriov-network',
  deviceID: VF,
  ipam: {
    type: 'host-local',
    subnet: '10.20.30.0/25',
    routes: [{ dst: '0.0.0.0/0' }],
    gateway: '10.20.10.1',
  },
};

/** One of each that igb takes. */
export const EVERY_SETTING = {
  vlan: 100,
  vlanQoS: 3,
  mac: '02:aa:00:00:00:01',
  spoofchk: 'off',
  trust: 'on',
  mtu: 1400,
};

export type Call = {
  readonly netconf?: object;
  readonly containerId?: string;
  readonly ifName?: string;
  /** A name of `ip netns`, or a path. */
  readonly netns?: string;
  readonly args?: string;
};

export type Answer = { readonly code: number; readonly json: Json; readonly log: string };
// biome-ignore lint/suspicious/noExplicitAny: answers are compared with literals, member by member.
export type Json = any;

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

export class Node {
  readonly #lab: Lab;

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  /** Runs bash in the node; fails the test unless it succeeds. */
  async sh(script: string, timeoutMs = TIMEOUT_MS): Promise<string> {
    const { code, stdout, stderr } = await this.#lab.run(script, { timeoutMs });
    expect(code, `${script}\n${stdout}\n${stderr}`).toBe(0);
    return stdout.trim();
  }

  /** Starts the plugin as a runtime does. The answer is the one JSON document on stdout, if there is one. */
  async cni(command: string, call: Call = {}): Promise<Answer> {
    const { code, stdout, stderr } = await this.#lab.run(this.script(command, call), {
      timeoutMs: TIMEOUT_MS,
    });
    return { code, json: stdout === '' ? undefined : JSON.parse(stdout), log: stderr };
  }

  /** The same as a line of bash. */
  script(
    command: string,
    { netconf = TUTORIAL, containerId = 'pod1', ifName = 'net1', netns = 'pod1', args = '' }: Call = {},
  ): string {
    const path = netns === '' || netns.startsWith('/') ? netns : `/run/netns/${netns}`;
    const env = {
      CNI_COMMAND: command,
      CNI_CONTAINERID: containerId,
      CNI_IFNAME: ifName,
      CNI_NETNS: path,
      CNI_ARGS: args,
      CNI_PATH: '/opt/cni/bin',
    };
    const variables = Object.entries(env).map(([name, value]) => quoted(`${name}=${value}`));
    return `printf %s ${quoted(JSON.stringify(netconf))} | env -i ${variables.join(' ')} /opt/cni/bin/sriov`;
  }

  /** ADD that has to succeed. */
  async add(call: Call = {}): Promise<Json> {
    const { code, json, log } = await this.cni('ADD', call);
    expect(code, `${JSON.stringify(json)}\n${log}`).toBe(0);
    return json;
  }

  /** DEL that has to succeed, silently. */
  async del(call: Call = {}): Promise<void> {
    const { code, json, log } = await this.cni('DEL', call);
    expect({ code, json }, log).toEqual({ code: 0, json: undefined });
  }

  addPod(name: string): Promise<string> {
    return this.sh(`ip netns add ${name}; ip -n ${name} link set lo up`);
  }

  /** All that an ADD may change and a DEL must put back. */
  async snapshot(): Promise<Json> {
    const { netns: _, ...host } = JSON.parse(
      await this.sh(`udevadm settle 2>/dev/null; bash ${GUEST}/snapshot.sh`),
    );
    return host;
  }

  /** The link as `ip -json` shows it, in the pod or on the host. */
  async link(name: string, netns?: string): Promise<Json> {
    return JSON.parse(await this.sh(`ip ${netns ? `-n ${netns}` : ''} -d -j link show dev ${name}`))[0];
  }

  /** The name of the link of a PF or VF that is at home. */
  linkName(device: string): Promise<string> {
    return this.sh(`ls /sys/bus/pci/devices/${device}/net`);
  }

  /** What the PF shows of its VF. */
  async shown(index: number, device = PF): Promise<Json> {
    const pf = await this.link(await this.linkName(device));
    return pf.vfinfo_list.find(({ vf }: Json) => vf === index);
  }
}

/** Whether the VM runs udevd, as every node does; the long form runs some tests without. */
export const hasUdev = process.env['LAB_UDEV'] !== '0';

type NodeOptions = {
  /** How many VFs each PF gets. */
  readonly vfs?: number;
  /** An image that is /var/lib/cni and outlives the VM; made if it is not there. */
  readonly disk?: string;
};

/** A VM with its VFs made and the executable installed. */
export async function bootNode({ vfs = 2, disk }: NodeOptions = {}): Promise<Lab> {
  const lab = await bootLab({ name: 'test', udev: hasUdev, disk });
  const install = `mkdir -p /opt/cni/bin && cp ${EXECUTABLE} /opt/cni/bin/`;
  await new Node(lab).sh(`${install} && ${makeVfs(vfs)}`, SET_UP_TIMEOUT_MS);
  return lab;
}

const makeVfs = (count: number) => `bash ${GUEST}/make-vfs.sh ${count}`;

/**
 * A VM for the tests of a file: VFs made, executable installed, and before each test one empty pod `pod1` and no
 * record or address. It ends with the file.
 */
export function useNodeOfItsOwn(options: NodeOptions = {}): Node {
  return useLab(
    () => bootNode(options),
    (lab) => lab.down(),
  );
}

/** A VM that the files of one worker share ends with the worker, or with the first file in which a test fails. */
let shared: Lab | undefined;

/**
 * The same for tests that change nothing of a node but VFs and what belongs to the plugin: a VM which other files have
 * used, with VFs made anew.
 */
export function useNode({ vfs = 2 }: { readonly vfs?: number } = {}): Node {
  return useLab(
    async () => {
      if (shared) await new Node(shared).sh(`${makeVfs(0)} && ${makeVfs(vfs)}`, SET_UP_TIMEOUT_MS);
      shared ??= await bootNode({ vfs });
      return shared;
    },
    async (lab, { hasFailed }) => {
      if (!hasFailed) return;
      shared = undefined;
      await lab.down();
    },
  );
}

function useLab(
  open: () => Promise<Lab>,
  close: (lab: Lab, file: { readonly hasFailed: boolean }) => Promise<void>,
): Node {
  let lab: Lab | undefined;
  const node = new Node({
    run: (script, runOptions) => (lab ?? failed()).run(script, runOptions),
    down: async () => {},
  });
  beforeAll(async () => {
    lab = await open();
  });
  let hasFailed = false;
  afterEach(({ task }) => {
    hasFailed ||= task.result?.state === 'fail';
  });
  afterAll(async () => {
    if (lab) await close(lab, { hasFailed });
  });
  beforeEach(async () => {
    await node.sh(
      'for n in $(ls /run/netns); do ip netns del $n; done; rm -rf /var/lib/cni; mkdir -p /var/lib/cni',
    );
    await node.addPod('pod1');
  });
  return node;
}

function failed(): never {
  throw new Error('The VM did not boot');
}
