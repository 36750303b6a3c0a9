/** Attachments that sriov-cni made before our executable took its place, by its files and what it does to a VF. */
import { expect, test } from 'vitest';
import { someOf } from '../figures.ts';
import { type Json, TUTORIAL, useNode, VF } from './node.ts';

const node = useNode();

const MAC = '02:aa:00:00:00:07';
const DIRECTORY = '/var/lib/cni/sriov';
const STORE = '/var/lib/cni/networks/sriov-network';
const LOCK = `${DIRECTORY}/pci/vf_lock/${VF}.lock`;

/** What sriov-cni does with `vlan` and `mac`, and what it then writes down. */
async function attachAsSriovCni(netconf: Json, sandbox = '/run/netns/pod1'): Promise<void> {
  const [pf, vf] = [await node.linkName('0000:01:00.0'), await node.linkName(VF)];
  const [link, shown] = [await node.link(vf), await node.shown(0)];
  const [vlan] = shown.vlan_list;
  const cache = {
    ...netconf,
    ipam: { type: 'host-local' },
    Master: pf,
    VFID: 0,
    MAC,
    MTU: null,
    OrigVfState: {
      HostIFName: vf,
      SpoofChk: shown.spoofchk,
      Trust: shown.trust,
      AdminMAC: shown.address,
      EffectiveMAC: link.address,
      Vlan: vlan.vlan ?? 0,
      VlanQoS: vlan.qos ?? 0,
      VlanProto: 33024,
      MinTxRate: 0,
      MaxTxRate: 0,
      LinkState: 0,
      MTU: link.mtu,
    },
  };
  await node.sh(`
    ip link set ${pf} vf 0 vlan 100 qos 3
    ip link set ${pf} vf 0 mac ${MAC}
    ip link set ${vf} up; ip link set ${vf} down
    ip link property del dev ${vf} altname net1 2>/dev/null || true
    ip link set ${vf} netns pod1 name net1
    ip -n pod1 link set net1 address ${MAC} || true
    ip -n pod1 link set net1 up
    mkdir -p ${DIRECTORY}/pci/vf_lock ${STORE}
    touch ${LOCK}
    printf %s '${JSON.stringify(cache)}' >${DIRECTORY}/pod1-net1
    printf %s '${sandbox}' >${DIRECTORY}/pci/${VF}
    printf 'pod1\\r\\nnet1' >${STORE}/10.20.30.1`);
}

const netconf = { ...TUTORIAL, cniVersion: '1.0.0', vlan: 100, vlanQoS: 3, mac: MAC };

async function filesLeft(): Promise<string> {
  return node.sh(`find ${DIRECTORY} ${STORE} -type f | grep -v -e lock -e last_reserved || true`);
}

const ENDS = [
  ['as it was attached', netconf, 'pod1'],
  ['without CNI_NETNS', netconf, ''],
  ['with a configuration that was edited since', { ...netconf, vlan: 7, mac: undefined }, 'pod1'],
] as const;

test.for(someOf('change-over', ENDS, { fast: 1 }))(
  'DEL ends it, %s, and restores all',
  async ([, now, netns]) => {
    const before = await node.snapshot();
    await attachAsSriovCni(netconf);
    expect((await node.link('net1', 'pod1')).address).toBe(MAC);
    await node.del({ netconf: now, netns });
    expect(await node.snapshot()).toEqual(before);
    expect(await filesLeft()).toBe('');
    await node.del({ netconf: now, netns });
  },
);

test('ADD for another pod is refused while it lives, and ends it when its namespace is gone', async () => {
  const before = await node.snapshot();
  await attachAsSriovCni(netconf);
  await node.addPod('pod2');
  const other = { netconf: TUTORIAL, containerId: 'pod2', netns: 'pod2' };
  const { json } = await node.cni('ADD', other);
  expect(json).toMatchObject({ code: 100, details: expect.stringMatching(/container pod1 .*sriov-cni/) });
  await node.sh('ip netns del pod1');
  await node.add(other);
  expect(await filesLeft()).toBe(`${STORE}/10.20.30.1`);
  expect(await node.sh(`cat ${STORE}/10.20.30.1`)).toContain('pod2');
  await node.del(other);
  expect(await node.snapshot()).toEqual(before);
});

test('a VF that sriov-cni is at work on is waited for', async () => {
  await node.sh(`mkdir -p ${DIRECTORY}/pci/vf_lock; touch ${LOCK}`);
  const script = node.script('ADD', { netconf: TUTORIAL });
  await node.sh(`
    flock -x ${LOCK} sleep 4 &
    sleep 0.5
    ( ${script} >/run/answer 2>/run/log; echo $? >/run/code ) &
    sleep 2
    [ ! -e /run/code ]
    wait
    [ "$(cat /run/code)" = 0 ]
    rm /run/code`);
  await node.del();
});
