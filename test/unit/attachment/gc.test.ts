import { expect, test } from 'vitest';
import { add } from '../../../src/attachment/add.ts';
import { gc } from '../../../src/attachment/gc.ts';
import { kill } from '../../../src/model/accidents.ts';
import { POD_A, POD_B, SECOND_VF, vfAt } from '../../../src/model/machine.ts';
import { createNode, type Node, traceOf } from '../../fakes/fake-world.ts';
import { addRequest, type Call, gcRequest, TUTORIAL_IPAM } from '../../fakes/requests.ts';

const ofA: Call = { conf: { vlan: 100, ipam: TUTORIAL_IPAM } };
const ofB: Call = { pod: 'pod-b', conf: { deviceID: SECOND_VF, vlan: 200, ipam: TUTORIAL_IPAM } };
const A = { containerID: 'pod-a', ifname: 'net1' };
const B = { containerID: 'pod-b', ifname: 'net1' };

async function twoPods(): Promise<Node> {
  const node = createNode();
  await add(addRequest(ofA), node.world);
  await add(addRequest(ofB), node.world);
  return node;
}

const containersOf = ({ records }: Node) => records.all().map(({ attachment }) => attachment.containerId);
const holdersOf = ({ addresses }: Node) => [...addresses.held.values()].map(({ containerId }) => containerId);

test('GC leaves every attachment alone that the runtime names', async () => {
  const node = await twoPods();
  const before = traceOf(node);
  await gc(gcRequest([A, B]), node.world);
  expect(traceOf(node)).toEqual(before);
});

test('GC leaves everything alone if the runtime says nothing about attachments', async () => {
  const node = await twoPods();
  const before = traceOf(node);
  await gc(gcRequest(undefined), node.world);
  expect(traceOf(node)).toEqual(before);
});

test('GC ends the attachments that the runtime does not name, also while their sandbox lives', async () => {
  const node = await twoPods();
  await gc(gcRequest([B]), node.world);
  expect([containersOf(node), holdersOf(node)]).toEqual([['pod-b'], ['pod-b']]);
  expect(vfAt(node.machine)).toMatchObject({ vlan: { id: 0 }, link: { name: 'enp1s0v0' } });
  expect(vfAt(node.machine, SECOND_VF)).toMatchObject({ vlan: { id: 200 }, link: { name: 'net1' } });
});

test.each(['/var/lib/cni/networks', '/var/lib/cni//networks/'])(
  'GC keeps an address that a record names, whatever is left of its reservation, with its directory spelt %s',
  async (dataDir) => {
    const node = await twoPods();
    const [path = ''] = node.addresses.held.keys();
    node.addresses.held.set(path, { containerId: '', ifName: '' });
    const before = traceOf(node);
    await gc(gcRequest([A, B], { conf: { ipam: { ...TUTORIAL_IPAM, dataDir } } }), node.world);
    expect(traceOf(node)).toEqual(before);
  },
);

test('GC ends all attachments if none is named', async () => {
  const node = await twoPods();
  for (const path of [POD_A, POD_B]) kill(node.machine, path, { afterMs: 20 });
  await gc(gcRequest([]), node.world);
  const expected = createNode();
  for (const path of [POD_A, POD_B]) kill(expected.machine, path);
  expect(traceOf(node)).toEqual(traceOf(expected));
});

test('GC tells attachments apart by container and interface', async () => {
  const node = await twoPods();
  await gc(gcRequest([{ ...A, ifname: 'net2' }, B]), node.world);
  expect(containersOf(node)).toEqual(['pod-b']);
});

test('GC of one network leaves the attachments and addresses of another alone', async () => {
  const node = await twoPods();
  const before = traceOf(node);
  await gc(gcRequest([], { conf: { name: 'other', ipam: TUTORIAL_IPAM } }), node.world);
  expect(traceOf(node)).toEqual(before);
});

test('GC releases addresses of which there is no record', async () => {
  const node = await twoPods();
  const path = '/var/lib/cni/networks/sriov-network/10.20.30.77';
  node.addresses.held.set(path, { containerId: 'long-gone', ifName: 'net1' });
  await gc(gcRequest([A, B]), node.world);
  expect(holdersOf(node)).toEqual(['pod-a', 'pod-b']);
});

test('GC ends the others when one cannot be ended, which keeps its record and its addresses', async () => {
  const node = await twoPods();
  node.machine.steps.refuseEvery(/set VF 0 of enp1s0: VLAN 0/);
  await expect(gc(gcRequest([]), node.world)).rejects.toMatchObject({
    fault: 'undo-incomplete',
    message: expect.stringContaining('Cannot set VF 0 of enp1s0: VLAN 0'),
  });
  expect([containersOf(node), holdersOf(node)]).toEqual([['pod-a'], ['pod-a']]);
  node.machine.steps.refuseEvery();
  await gc(gcRequest([]), node.world);
  expect(traceOf(node)).toEqual(traceOf(createNode()));
});
