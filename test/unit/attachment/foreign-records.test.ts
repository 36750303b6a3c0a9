/** While a node changes over: VFs that sriov-cni attached, of which its files tell. */
import { describe, expect, test } from 'vitest';
import type { AttachmentRecord } from '../../../schemas/record.ts';
import { add } from '../../../src/attachment/add.ts';
import { del } from '../../../src/attachment/del.ts';
import { gc } from '../../../src/attachment/gc.ts';
import { kill } from '../../../src/model/accidents.ts';
import { FIRST_VF, POD_A, POD_B, SECOND_VF, sandboxAt, vfAt } from '../../../src/model/machine.ts';
import { createNode, type Node } from '../../fakes/fake-world.ts';
import { DELEGATE } from '../../fakes/memory-delegate.ts';
import { addRequest, type Call, delRequest, gcRequest, TUTORIAL_IPAM } from '../../fakes/requests.ts';

const call: Call = { conf: { vlan: 100, ipam: TUTORIAL_IPAM } };
const HELD = '/var/lib/cni/networks/sriov-network/10.20.30.7';

/** A VF in a pod, with an address, of which our record tells what sriov-cni's file does: no address, no delegate. */
async function attachedBySriovCni(): Promise<Node> {
  const node = createNode();
  await add(addRequest({ conf: { vlan: 100 } }), node.world);
  const [own] = node.records.all();
  if (!own) throw new Error('no record');
  const { sandboxInode: _, ...told } = own;
  const foreign: AttachmentRecord = { ...told, origin: 'sriov-cni' };
  await node.records.write(foreign);
  node.addresses.held.set(HELD, { containerId: 'pod-a', ifName: 'net1' });
  node.machine.steps.newProcess();
  return node;
}

const isRestored = ({ machine }: Node) => {
  expect(vfAt(machine)).toMatchObject({ vlan: { id: 0 }, link: { name: 'enp1s0v0' } });
  expect(machine.home.links).toContain(vfAt(machine).link);
};

describe('DEL of a VF that sriov-cni attached', () => {
  test('restores it, and releases what the configuration says', async () => {
    const node = await attachedBySriovCni();
    await del(delRequest(call), node.world);
    isRestored(node);
    expect([node.records.all(), node.addresses.held.size]).toEqual([[], 0]);
  });

  test('asks the IPAM plugin that the configuration names', async () => {
    const node = await attachedBySriovCni();
    node.delegate.given.set('pod-a/net1', '192.0.2.10/24');
    await del(delRequest({ conf: { ipam: { type: DELEGATE } } }), node.world);
    isRestored(node);
    expect(node.delegate.given.size).toBe(0);
  });

  test('of which it is not known in what network works, too', async () => {
    const node = await attachedBySriovCni();
    await del(delRequest({ conf: { ...call.conf, name: '' } }), node.world);
    isRestored(node);
    expect([node.records.all(), node.addresses.held.size]).toEqual([[], 0]);
  });
});

test('DEL ends it where its name can be read in two ways: container id and interface name may both have a dash', async () => {
  const node = await attachedBySriovCni();
  const [record] = node.records.all();
  if (!record) throw new Error('no record');
  const { attachment } = addRequest({ pod: 'pod', ifName: 'a-net1' });
  const records = { ...node.records, ofAttachment: async () => [{ ...record, attachment }] };
  await del(delRequest({ ...call, pod: 'pod', ifName: 'a-net1' }), { ...node.world, records });
  isRestored(node);
});

describe('ADD of a VF that sriov-cni attached', () => {
  const podB: Call = { ...call, pod: 'pod-b' };

  test('is refused while its pod lives, and told by whom', async () => {
    const node = await attachedBySriovCni();
    await expect(add(addRequest(podB), node.world)).rejects.toMatchObject({
      fault: 'device-in-use',
      message: `Cannot attach ${FIRST_VF}: container pod-a has it as net1 (network sriov-network, ${POD_A}, attached by sriov-cni)`,
    });
  });

  test('is refused where the kernel does not tell which link is the VF, as long as it is not at home', async () => {
    const node = await attachedBySriovCni();
    const { link } = vfAt(node.machine);
    delete link.parentDevice;
    link.alias = '';
    await expect(add(addRequest(podB), node.world)).rejects.toMatchObject({ fault: 'device-in-use' });
  });

  test('restores it first when its pod is gone', async () => {
    const node = await attachedBySriovCni();
    kill(node.machine, POD_A);
    await add(addRequest(podB), node.world);
    expect(sandboxAt(node.machine, POD_B).links).toContain(vfAt(node.machine).link);
    expect(node.records.all()).toMatchObject([
      { attachment: { containerId: 'pod-b' }, before: { settings: { vlan: { id: 0 } } } },
    ]);
  });
});

test('GC ends what sriov-cni attached, if the runtime does not know it, and collects its addresses', async () => {
  const node = await attachedBySriovCni();
  await gc(gcRequest([], call), node.world);
  isRestored(node);
  expect([node.records.all(), node.addresses.held.size]).toEqual([[], 0]);
});

test('ADD takes the address of a dead pod that sriov-cni attached, when no other is left', async () => {
  const node = await attachedBySriovCni();
  kill(node.machine, POD_A);
  const ipam = { type: 'host-local', subnet: '10.20.30.0/25', rangeEnd: '10.20.30.7' };
  for (const last of [2, 3, 4, 5, 6]) {
    const path = `/var/lib/cni/networks/sriov-network/10.20.30.${last}`;
    node.addresses.held.set(path, { containerId: `pod-${last}`, ifName: 'net1' });
  }
  const ofB: Call = { pod: 'pod-b', conf: { deviceID: SECOND_VF, ipam } };
  expect((await add(addRequest(ofB), node.world)).ips).toMatchObject([{ address: '10.20.30.7/25' }]);
  isRestored(node);
});
