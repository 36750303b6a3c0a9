/** Machines with attachments to be looked at by `sriov attachments`: of who lives, and of who died. */
import { EXECUTABLE, type Machine, NEXT_BOOT, netnsOf } from './machine.ts';
import { IPV4, network } from './networks.ts';
import { attached } from './outcome.ts';

const POD_ARGS = 'IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web';
export const first = { netconf: network({ ipam: IPV4 }), args: POD_ARGS };
export const second = { netconf: network({ vf: 1, ipam: IPV4 }), containerId: 'c2', netns: netnsOf('pod2') };

/** The kernel brings a VF home when its namespace ends; a veth would end, too. */
export const SANDBOX_ENDS = `nsenter --net=${netnsOf('pod2')} ip link set net1 netns $$ name vf1; ip netns del pod2`;
export const REBOOT = `nsenter --net=${netnsOf('pod2')} ip link set net1 netns $$ name vf1; ip link set vf1 alias ''
  ${NEXT_BOOT}`;

export const tool = (machine: Machine, ...words: readonly string[]) =>
  machine.run([EXECUTABLE, 'attachments', ...words]);

/** Without what differs from run to run. */
export const steady = (text: string) =>
  text
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<since>')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\dZ/g, 'yyyy-mm-dd hh:mmZ')
    .replaceAll(/inode \d+/g, 'inode <n>')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');

export const RECORD = '/var/lib/cni/sriov-attachments/0000:01:10.2.json';

/** What the machine is like without the second pod, whose namespace ends. */
export async function withoutPod2(machine: Machine) {
  const { pods, ...rest } = await machine.snapshot();
  const { pod2, ...others } = pods;
  return { ...rest, pods: others };
}

export async function twoAttached(machine: Machine): Promise<void> {
  attached(await machine.add(first));
  attached(await machine.add(second));
}

/** Waits until somebody waits for the lock; others may have a file of the same inode, on another tmpfs. */
export const untilAwaited = (lock: string) =>
  `until grep -q -- "-> FLOCK .* $(printf '%02x:%02x:%d' $(stat -c '%Hd %Ld %i' ${lock})) " /proc/locks; do sleep 0.01; done`;
