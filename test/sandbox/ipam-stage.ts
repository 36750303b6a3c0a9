/** Machines whose store is to be looked at by `sriov ipam`: who lives, who died, and what leaked. */
import { EXECUTABLE, type Machine, NEXT_BOOT, netnsOf } from './machine.ts';
import { network } from './networks.ts';
import { attached } from './outcome.ts';

export const STORE = '/var/lib/cni/networks/net';
export const RECORDS = '/var/lib/cni/sriov-attachments';

/** The tool looks into all namespaces of this host: no other test may have these addresses. */
export const ipam = { ranges: [[{ subnet: '10.201.7.0/24' }], [{ subnet: '2001:db8:c907::/64' }]] };
export const LEAKED = '10.201.7.77';
export const first = {
  netconf: network({ ipam }),
  args: 'IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web',
};
export const second = { netconf: network({ vf: 1, ipam }), containerId: 'c2', netns: netnsOf('pod2') };

/** The kernel brings a VF home when its namespace ends; a veth would end, too. */
export const SANDBOX_ENDS = `nsenter --net=${netnsOf('pod2')} ip link set net1 netns $$ name vf1; ip netns del pod2`;
export const REBOOT = `nsenter --net=${netnsOf('pod2')} ip link set net1 netns $$ name vf1; ip link set vf1 alias ''
  ${NEXT_BOOT}`;

/** Not those of the host that the tests run on. */
export const CONF_DIR = '/run/net.d';

export const tool = (machine: Machine, ...words: readonly string[]) =>
  machine.run([EXECUTABLE, 'ipam', ...words, '--conf-dir', CONF_DIR]);

/** A reservation without a record, made an hour ago. */
export const leak = (address = LEAKED, content = 'c9\\r\\nnet1') =>
  `mkdir -p ${STORE}; printf '${content}' >${STORE}/${address}; touch -d '1 hour ago' ${STORE}/${address}`;

export const confFile = (name: string, conf: object) =>
  `mkdir -p ${CONF_DIR}; cat >${CONF_DIR}/${name} <<'END'\n${JSON.stringify(conf)}\nEND\n`;

export const steady = (text: string) => text.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\dZ/g, 'yyyy-mm-dd hh:mmZ');

/** What the machine is like without the second pod, whose namespace ends. */
export async function withoutPod2(machine: Machine) {
  const { pods, ...rest } = await machine.snapshot();
  const { pod2, ...others } = pods;
  return { ...rest, pods: others };
}

export async function oneLivingOneDead(machine: Machine): Promise<void> {
  attached(await machine.add(first));
  attached(await machine.add(second));
  await machine.sh(SANDBOX_ENDS);
}
