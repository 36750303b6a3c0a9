import { describe, expect, test } from 'vitest';
import { add } from '../../../src/attachment/add.ts';
import { del } from '../../../src/attachment/del.ts';
import { kill } from '../../../src/model/accidents.ts';
import { writeMac } from '../../../src/model/kernel.ts';
import { POD_A, vfAt } from '../../../src/model/machine.ts';
import { createNode, type Node, traceOf } from '../../fakes/fake-world.ts';
import { addRequest, delRequest } from '../../fakes/requests.ts';
import { MACHINE_NAMES, MACHINES, NEW_MAC, outcomeOf } from './lives.ts';

const POD_MAC = '02:00:00:00:00:bb';
const call = { conf: { mac: NEW_MAC } };

/** MACs of the VF and whether its netdev is bound to it, once all that is under way has happened. */
function macsOf({ machine }: Node) {
  machine.clock.pass(5000);
  const { link, shownMac, isPinned, isDeaf } = vfAt(machine);
  return { effective: link.mac, shown: shownMac, isPinned, isDeaf };
}

describe.each(MACHINE_NAMES)('driver %s', (name) => {
  const before = macsOf(createNode(MACHINES[name]));
  const expected = traceOf(createNode(MACHINES[name]));

  async function attached(): Promise<Node> {
    const node = createNode(MACHINES[name]);
    const result = await add(addRequest(call), node.world);
    expect(result.interfaces[0]?.mac).toBe(NEW_MAC);
    return node;
  }

  test('ADD gives the VF the MAC, on the PF and on the netdev (PAIN-15)', async () => {
    const node = await attached();
    expect(vfAt(node.machine)).toMatchObject({ shownMac: NEW_MAC, link: { mac: NEW_MAC } });
    expect(macsOf(node)).toEqual({ effective: NEW_MAC, shown: NEW_MAC, isPinned: true, isDeaf: false });
  });

  test('ADD records whether the VF was bound to an admin MAC', async () => {
    const { records } = await attached();
    const isKnown = MACHINES[name].driver !== 'both';
    const isPinned = isKnown && before.isPinned;
    expect(records.all()[0]?.before.adminMac).toEqual({ shown: before.shown, isPinned });
  });

  test('DEL gives both MACs back, and the freedom to change them (PAIN-17)', async () => {
    const node = await attached();
    await del(delRequest(call), node.world);
    expect(macsOf(node)).toEqual(before);
  });

  test('DEL right after ADD gives them back while the driver is still busy', async () => {
    const node = await attached();
    await del(delRequest(call), node.world);
    const { link } = vfAt(node.machine);
    expect(link.mac).toBe(before.effective);
    expect(traceOf(node)).toEqual(expected);
  });

  test('DEL gives them back though udev renames the link meanwhile', async () => {
    const node = await attached();
    const { host } = node.world;
    const make: typeof host.make = (changes, sandbox) => {
      Object.assign(vfAt(node.machine).link, { name: 'renamed' });
      return host.make(changes, sandbox);
    };
    await del(delRequest(call), { ...node.world, host: { ...host, make } });
    expect(macsOf(node)).toEqual(before);
  });

  test('DEL gives them back after the sandbox died', async () => {
    const node = await attached();
    kill(node.machine, POD_A, { afterMs: 900 });
    await del(delRequest(call), node.world);
    expect(macsOf(node)).toEqual(before);
  });

  test.each([
    ['with a configured MAC', call],
    ['with a configured MAC and trust', { conf: { mac: NEW_MAC, trust: 'on' } }],
    ['with trust', { conf: { trust: 'on' } }],
    ['without settings', {}],
  ])('DEL gives them back after the pod changed its MAC, %s', async (_title, ofNetwork) => {
    const node = createNode(MACHINES[name]);
    await add(addRequest(ofNetwork), node.world);
    writeMac(node.machine, vfAt(node.machine).link, POD_MAC);
    await del(delRequest(ofNetwork), node.world);
    expect(traceOf(node)).toEqual(expected);
  });

  test('ADD leaves the VF alone if it has the wanted MAC (DEF-17)', async () => {
    const node = createNode(MACHINES[name]);
    await add(addRequest({ conf: { mac: before.effective } }), node.world);
    if (MACHINES[name].driver !== 'both') expect(macsOf(node)).toEqual(before);
    expect(macsOf(node)).toMatchObject({ effective: before.effective, shown: before.effective });
    await del(delRequest(), node.world);
    expect(traceOf(node)).toEqual(expected);
  });

  test('ADD sets the MAC of a VF whose link is up, and DEL leaves it up', async () => {
    const node = createNode({ ...MACHINES[name], link: { isUp: true } });
    const { effective, shown, isPinned } = macsOf(node);
    await add(addRequest(call), node.world);
    expect(macsOf(node)).toMatchObject({ effective: NEW_MAC, shown: NEW_MAC });
    await del(delRequest(call), node.world);
    expect(macsOf(node)).toMatchObject({ effective, shown, isPinned });
    expect(vfAt(node.machine).link.isUp).toBe(true);
  });

  test('ADD fails in bounded time if the PF refuses every admin MAC, and names it', async () => {
    const node = createNode(MACHINES[name]);
    node.machine.steps.refuseEvery(/admin MAC/);
    await expect(add(addRequest(call), node.world)).rejects.toMatchObject({
      fault: 'kernel-refused',
      message: expect.stringContaining(`admin MAC ${NEW_MAC}`),
    });
    expect(node.machine.clock.now()).toBeLessThan(15_000);
    node.machine.steps.refuseEvery();
    await del(delRequest(call), node.world);
    expect(traceOf(node)).toEqual(expected);
  });
});

test('ADD of a VF that takes no MAC fails in bounded time and tells what it tried', async () => {
  const node = createNode({ driver: 'stubborn' });
  await expect(add(addRequest(call), node.world)).rejects.toThrow(
    /does not take the MAC 02:00:00:00:00:aa, written to PF and netdev.*EADDRNOTAVAIL/,
  );
  expect(node.machine.clock.now()).toBeLessThan(10_000);
  expect(traceOf(node)).toEqual(traceOf(createNode({ driver: 'stubborn' })));
});

test('ADD does not take an unknown refusal of the netdev for a sign of an admin MAC', async () => {
  const node = createNode();
  node.machine.steps.refuseEvery(/MAC 02:00:00:00:00:aa/);
  expect(await outcomeOf(add(addRequest(call), node.world))).toBe('kernel-refused');
  expect(traceOf(node)).toEqual(traceOf(createNode()));
});
