/** Machines and networks over which the tests of attachments run, and how one process on them ends. */
import { CniError, type Fault } from '../../../schemas/fault.ts';
import { add } from '../../../src/attachment/add.ts';
import { bindForUserspace } from '../../../src/model/accidents.ts';
import { type MachineOptions, newLink, sandboxAt, vfAt } from '../../../src/model/machine.ts';
import { Killed } from '../../../src/model/steps.ts';
import { createNode, type Node, traceOf } from '../../fakes/fake-world.ts';
import { DELEGATE } from '../../fakes/memory-delegate.ts';
import { addRequest, type Call, TUTORIAL_IPAM } from '../../fakes/requests.ts';

export const NEW_MAC = '02:00:00:00:00:aa';

/** Every driver model, with and without an admin MAC that was set before. */
export const MACHINES = {
  reset: { driver: 'reset' },
  late: { driver: 'late' },
  both: { driver: 'both' },
  deaf: { driver: 'deaf' },
  pinned: { driver: 'reset', isPinned: true },
  'late, pinned': { driver: 'late', isPinned: true },
  'both, pinned': { driver: 'both', isPinned: true },
  'reset, before Linux 6.5': { driver: 'reset', isBeforeLinux65: true },
  'deaf, before Linux 6.5': { driver: 'deaf', isBeforeLinux65: true },
  'late, pinned, before Linux 6.5': { driver: 'late', isPinned: true, isBeforeLinux65: true },
  'pinned, trusted': { driver: 'reset', isPinned: true, isTrusted: true },
} satisfies Record<string, MachineOptions>;
export const MACHINE_NAMES = Object.keys(MACHINES) as MachineName[];

export const DUAL_STACK = {
  type: 'host-local',
  ranges: [[{ subnet: '10.0.0.0/24' }], [{ subnet: '2001:db8::/64' }]],
  routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }],
};

type MachineName = keyof typeof MACHINES;

type Case = {
  readonly call: Call;
  readonly options?: MachineOptions;
  readonly prepare?: (node: Node) => void;
  /** Where not every driver can restore it. */
  readonly machines?: readonly MachineName[];
};

export const INFO_FILE = '/var/run/k8s.cni.cncf.io/devinfo/cni/pod-a-net1.json';

export const CASES = {
  'no settings': { call: {} },
  'the network of the tutorials': { call: { conf: { ipam: TUTORIAL_IPAM } } },
  'a MAC': { call: { conf: { mac: NEW_MAC } } },
  'every setting': {
    call: {
      conf: {
        vlan: 100,
        vlanQoS: 3,
        mac: NEW_MAC,
        spoofchk: 'off',
        trust: 'on',
        mtu: 1400,
        ipam: DUAL_STACK,
      },
    },
  },
  'a link that has everything': {
    call: { conf: { mac: NEW_MAC, mtu: 1400, ipam: TUTORIAL_IPAM } },
    options: {
      link: {
        isUp: true,
        isPromiscuous: true,
        isAllMulticast: true,
        mtu: 2000,
        alias: 'mine "#1"',
        altnames: ['net1', 'kept', 'taken'],
      },
    },
    prepare: ({ machine }) => void sandboxAt(machine).links.push(newLink({ name: 'taken' })),
  },
  'every setting of newer drivers': {
    call: {
      conf: {
        vlan: 100,
        vlanProto: '802.1ad',
        link_state: 'enable',
        min_tx_rate: 10,
        max_tx_rate: 1000,
        enabledad: true,
        ipam: DUAL_STACK,
        runtimeConfig: { CNIDeviceInfoFile: INFO_FILE },
      },
    },
  },
  'the MAC that it has': { call: { conf: { mac: '02:00:00:00:01:00' } } },
  'a VF without a PF': {
    call: { conf: { mtu: 1400, ipam: DUAL_STACK } },
    prepare: ({ machine }) => {
      machine.pf.isThere = false;
    },
  },
  'another IPAM plugin': { call: { conf: { ipam: { type: DELEGATE } } } },
  'a VF for userspace': {
    call: {
      conf: {
        vlan: 100,
        mac: NEW_MAC,
        functionLevelReset: true,
        runtimeConfig: { CNIDeviceInfoFile: INFO_FILE },
        ipam: TUTORIAL_IPAM,
      },
    },
    prepare: ({ machine }) => bindForUserspace(machine, vfAt(machine)),
    machines: ['both', 'pinned'],
  },
} satisfies Record<string, Case>;
const CASE_NAMES = Object.keys(CASES) as (keyof typeof CASES)[];

export type Situation = { readonly machine: MachineName; readonly case: keyof typeof CASES };

/** Every case with a MAC on every machine; for the others the driver does not matter. */
function machinesFor({ call, machines }: Case): readonly MachineName[] {
  return machines ?? (call.conf?.['mac'] === undefined ? ['reset'] : MACHINE_NAMES);
}

export const SITUATIONS: readonly Situation[] = CASE_NAMES.flatMap((name) =>
  machinesFor(CASES[name]).map((machine) => ({ machine, case: name })),
);

export function nodeIn(situation: Situation): Node {
  const { options, prepare }: Case = CASES[situation.case];
  const node = createNode({ ...MACHINES[situation.machine], ...options });
  prepare?.(node);
  return node;
}

/** After its ADD, for another process. */
export async function attachedIn(situation: Situation): Promise<Node> {
  const node = nodeIn(situation);
  await add(addRequest(CASES[situation.case].call), node.world);
  node.machine.steps.newProcess();
  return node;
}

/** The trace of a node on which nothing happened but the accident. */
export function untouched(situation: Situation, accident: (node: Node) => void = () => {}): object {
  const node = nodeIn(situation);
  accident(node);
  return traceOf(node);
}

/** A node with one attachment on it. */
export async function attachedNode(call: Call): Promise<Node> {
  const node = createNode();
  await add(addRequest(call), node.world);
  return node;
}

/** The trace of a new node on which nothing happened but the accident. */
export function untouchedNode(accident: (node: Node) => void = () => {}): object {
  const node = createNode();
  accident(node);
  return traceOf(node);
}

/** What can be asked of a VF for userspace. */
export const USERSPACE: Call = {
  conf: { mac: NEW_MAC, vlan: 100, spoofchk: 'off', functionLevelReset: true, ipam: TUTORIAL_IPAM },
};

/** A node of mlx5, whose PF shows no MAC of its own for a VF; the first VF is for userspace. */
export function userspaceNode(driver = 'vfio-pci'): Node {
  const node = createNode({ driver: 'both' });
  bindForUserspace(node.machine, vfAt(node.machine), driver);
  return node;
}

/** With one attachment of that VF. */
export async function userspaceAttached(call: Call): Promise<Node> {
  const node = userspaceNode();
  await add(addRequest(call), node.world);
  node.machine.steps.newProcess();
  return node;
}

/** `done`, `killed`, or the fault that is the answer. Whatever else is thrown is a defect. */
export async function outcomeOf(action: Promise<unknown>): Promise<'done' | 'killed' | Fault> {
  try {
    await action;
    return 'done';
  } catch (cause) {
    if (cause instanceof Killed) return 'killed';
    if (cause instanceof CniError) return cause.fault;
    throw cause;
  }
}
