/** Another command acts between two steps of one: what was true before is not any more. */
import { describe, expect, test } from 'vitest';
import { add } from '../../../src/attachment/add.ts';
import { del } from '../../../src/attachment/del.ts';
import { gc } from '../../../src/attachment/gc.ts';
import type { World } from '../../../src/attachment/ports.ts';
import { kill } from '../../../src/model/accidents.ts';
import { POD_A, SECOND_VF, vfAt } from '../../../src/model/machine.ts';
import { createNode, type Node, traceOf } from '../../fakes/fake-world.ts';
import { addRequest, type Call, delRequest, gcRequest } from '../../fakes/requests.ts';

/** One address alone. */
const IPAM = { type: 'host-local', subnet: '10.0.0.0/24', rangeEnd: '10.0.0.2' };
const ofA: Call = { conf: { ipam: IPAM } };
const ofB: Call = { pod: 'pod-b', conf: { deviceID: SECOND_VF, ipam: IPAM } };

const containersOf = ({ records }: Node) => records.all().map(({ attachment }) => attachment.containerId);
const holdersOf = ({ addresses }: Node) => [...addresses.held.values()].map(({ containerId }) => containerId);

/** What the action does happens once, before the first call. */
function first<P extends unknown[], R>(action: () => Promise<unknown>, call: (...given: P) => Promise<R>) {
  let isDone = false;
  return async (...given: P): Promise<R> => {
    if (!isDone) {
      isDone = true;
      await action();
    }
    return call(...given);
  };
}

async function nodeWithDeadA(): Promise<Node> {
  const node = createNode();
  await add(addRequest(ofA), node.world);
  kill(node.machine, POD_A);
  return node;
}

describe('ADD that is short of addresses', () => {
  test('leaves a container alone that was dead, and is started anew before its lock is free', async () => {
    const node = await nodeWithDeadA();
    const startAnew = async () => {
      await del(delRequest(ofA), node.world);
      const sandbox = createNode().machine.sandboxes.get(POD_A);
      if (sandbox) node.machine.sandboxes.set(POD_A, sandbox);
      await add(addRequest(ofA), node.world);
    };
    const { withLock, ...rest } = node.world;
    const anew = first(startAnew, async () => {});
    const world: World = {
      ...rest,
      withLock: async (device, action) => {
        if (device !== SECOND_VF) await anew();
        return withLock(device, action);
      },
    };
    await expect(add(addRequest(ofB), world)).rejects.toMatchObject({ fault: 'no-free-address' });
    expect([containersOf(node), holdersOf(node)]).toEqual([['pod-a'], ['pod-a']]);
    expect(vfAt(node.machine).link).toMatchObject({ name: 'net1', isUp: true });
    expect(node.logged.join()).not.toContain('Ending');
  });

  test('gets what another command has freed before it could', async () => {
    const node = await nodeWithDeadA();
    const { records } = node.world;
    const free = () => del(delRequest(ofA), node.world);
    const world: World = {
      ...node.world,
      records: { ...records, ofNetwork: first(free, records.ofNetwork) },
    };
    const { ips } = await add(addRequest(ofB), world);
    expect(ips).toMatchObject([{ address: '10.0.0.2/24' }]);
  });
});

describe('DEL whose attachment is made', () => {
  test.each([
    ['without deviceID', ''],
    ['with another deviceID', SECOND_VF],
  ])('while it looks for addresses ends it, %s', async (_title, deviceID) => {
    const node = createNode();
    const { addresses } = node.world;
    const attach = () => add(addRequest(ofA), node.world);
    const world: World = {
      ...node.world,
      addresses: { ...addresses, release: first(attach, addresses.release) },
    };
    await del(delRequest({ ...ofA, conf: { ...ofA.conf, deviceID } }), world);
    expect(traceOf(node)).toEqual(traceOf(createNode()));
  });
});

test('GC takes no address from an attachment that is made meanwhile', async () => {
  const node = createNode();
  const { addresses } = node.world;
  const attach = () => add(addRequest(ofA), node.world);
  for (const name of ['holders', 'collect'] as const) {
    const world: World = {
      ...node.world,
      addresses: { ...addresses, [name]: first(attach, addresses[name] as () => Promise<unknown>) },
    };
    await gc(gcRequest([]), world);
    expect([name, containersOf(node), holdersOf(node)]).toEqual([name, ['pod-a'], ['pod-a']]);
    await del(delRequest(ofA), node.world);
  }
});
