import { describe, expect, test } from 'vitest';
import { add } from '../../../src/attachment/add.ts';
import { del } from '../../../src/attachment/del.ts';
import { type Homecoming, kill, removeVfs } from '../../../src/model/accidents.ts';
import { FIRST_VF, newLink, POD_A, sandboxAt, vfAt } from '../../../src/model/machine.ts';
import { createNode, type Node, traceOf } from '../../fakes/fake-world.ts';
import { addRequest, type Call, delRequest, TUTORIAL_IPAM } from '../../fakes/requests.ts';
import { attachedNode, CASES, outcomeOf, untouchedNode as untouched } from './lives.ts';

const { call } = CASES['every setting'];
const attached = () => attachedNode(call);

describe('DEL when the sandbox died first', () => {
  const dead = untouched(({ machine }) => kill(machine, POD_A));
  const delays = [0, 3, 8, 15, 22, 40, 95, 400, 1900];

  test.each([0, 50, 900, 8000])(
    'waits until the kernel has brought the VF home, %i ms (DEF-8, PAIN-2)',
    async (afterMs) => {
      const node = await attached();
      kill(node.machine, POD_A, { afterMs });
      await del(delRequest({ ...call, isWithoutSandbox: true }), node.world);
      expect(traceOf(node)).toEqual(dead);
    },
  );

  test.each(delays)(
    'renames the VF though udev gives it its old name as altname %i ms later',
    async (udevAfterMs) => {
      const node = await attached();
      kill(node.machine, POD_A, { afterMs: 25, udevAfterMs });
      await del(delRequest(call), node.world);
      expect(traceOf(node)).toEqual(dead);
    },
  );

  test('renames the VF that came home under a number, for its name was taken', async () => {
    const node = await attached();
    node.machine.home.links.push(newLink({ name: 'net1' }));
    kill(node.machine, POD_A);
    await del(delRequest(call), node.world);
    expect(vfAt(node.machine).link.name).toBe('enp1s0v0');
  });

  test('keeps record and addresses while the VF is nowhere, in bounded time; a later DEL finishes', async () => {
    const node = await attached();
    kill(node.machine, POD_A, { afterMs: 60_000 });
    await expect(del(delRequest(call), node.world)).rejects.toMatchObject({
      fault: 'undo-incomplete',
      message: expect.stringContaining(
        `The link of ${FIRST_VF} is neither on the host nor in a namespace that can be found`,
      ),
    });
    expect(node.machine.clock.now()).toBeLessThan(20_000);
    expect([node.records.all().length, node.addresses.held.size]).toEqual([1, 2]);
    node.machine.clock.pass(60_000);
    await del(delRequest(call), node.world);
    expect(traceOf(node)).toEqual(dead);
  });

  test('restores the VF if its path has come to mean another sandbox (DEF-21)', async () => {
    const node = await attached();
    const { machine } = node;
    const other = createNode().machine.sandboxes.get(POD_A);
    kill(machine, POD_A, { afterMs: 100 });
    if (other) machine.sandboxes.set(POD_A, other);
    await del(delRequest(call), node.world);
    expect(traceOf(node)).toEqual(untouched());
  });
});

describe('DEL that has nothing to restore', () => {
  test.each([
    ['without ADD', {}],
    ['without ADD and without a sandbox', { isWithoutSandbox: true }],
    ['of a device that is not there', { conf: { deviceID: '0000:ff:1f.7' } }],
    ['of a PF', { conf: { deviceID: '0000:01:00.0' } }],
    ['without deviceID', { conf: { deviceID: '' } }],
  ])('succeeds %s', async (_title, request) => {
    const node = createNode();
    await del(delRequest(request), node.world);
    expect(traceOf(node)).toEqual(untouched());
    expect(node.machine.steps.taken()).toEqual([]);
  });

  test('succeeds the second time', async () => {
    const node = await attached();
    await del(delRequest(call), node.world);
    node.machine.steps.newProcess();
    await del(delRequest(call), node.world);
    expect(node.machine.steps.taken()).toEqual([]);
    expect(traceOf(node)).toEqual(untouched());
  });

  test('releases the addresses when the VFs are gone', async () => {
    const node = await attached();
    removeVfs(node.machine);
    await del(delRequest(call), node.world);
    expect(traceOf(node)).toEqual(untouched(({ machine }) => removeVfs(machine)));
  });
});

describe('DEL without a record', () => {
  test.each<[string, Homecoming | undefined]>([
    ['from the sandbox', undefined],
    ['when the sandbox died', { afterMs: 0 }],
    ['when the sandbox died, with udev', { afterMs: 0, udevAfterMs: 10 }],
  ])('restores the VF from its alias and releases its addresses, %s', async (_title, homecoming) => {
    const node = await attached();
    node.records.lose();
    if (homecoming) kill(node.machine, POD_A, homecoming);
    await del(delRequest(call), node.world);
    expect(traceOf(node)).toEqual(untouched(({ machine }) => homecoming && kill(machine, POD_A)));
    expect(node.logged.join()).toContain(`Restoring ${FIRST_VF} from its alias`);
  });

  test('leaves a VF alone whose alias is not ours', async () => {
    const node = createNode();
    Object.assign(vfAt(node.machine).link, {
      alias: 'sriov/0000:01:10.2/enp1s0v0/02:00:00:00:01:00/1500',
      mtu: 1280,
    });
    const before = traceOf(node);
    await del(delRequest(call), node.world);
    expect(traceOf(node)).toEqual(before);
  });
});

describe('DEL of a pod whose VF another one has by now', () => {
  const ofB: Call = { pod: 'pod-b', conf: { vlan: 200, ipam: TUTORIAL_IPAM } };

  test.each([
    ['with', false],
    ['without', true],
  ])('leaves the VF and the addresses of the other alone, %s a sandbox', async (_title, isWithoutSandbox) => {
    const node = await attached();
    await del(delRequest(call), node.world);
    await add(addRequest(ofB), node.world);
    const before = traceOf(node);
    await del(delRequest({ ...call, isWithoutSandbox }), node.world);
    expect(traceOf(node)).toEqual(before);
  });

  test('also if it waited for the lock while the VF changed hands', async () => {
    const node = await attached();
    const { world } = node;
    const late = { ...world, withLock: overtaken(world, ofB) };
    await del(delRequest(call), late);
    expect(node.records.all().map(({ attachment }) => attachment.containerId)).toEqual(['pod-b']);
    expect(vfAt(node.machine)).toMatchObject({ vlan: { id: 200 }, link: { name: 'net1', isUp: true } });
  });

  /** Another DEL of the same attachment and the ADD of another pod get the lock first. */
  function overtaken(world: Node['world'], other: Call): Node['world']['withLock'] {
    return async (device, action) => {
      await del(delRequest(call), world);
      await add(addRequest(other), world);
      return world.withLock(device, action);
    };
  }
});

describe('DEL without the name of the network', () => {
  const nameless = (asked: Call) => delRequest({ ...asked, conf: { ...asked.conf, name: '' } });

  test('does what the record of container and interface says', async () => {
    const node = await attached();
    await del(nameless(call), node.world);
    expect(traceOf(node)).toEqual(untouched());
  });

  test('leaves the attachments of others alone', async () => {
    const node = await attached();
    const before = traceOf(node);
    for (const asked of [
      { ...call, pod: 'pod-b' },
      { ...call, ifName: 'net2' },
    ]) {
      await expect(del(nameless(asked), node.world)).rejects.toMatchObject({
        fault: 'netconf',
        message: 'name: expected the name of the network, since there is no record of the attachment',
      });
    }
    expect(traceOf(node)).toEqual(before);
  });
});

test('DEL does what the record says, whatever the configuration says by now', async () => {
  const node = await attached();
  const edited = {
    conf: { deviceID: '0000:01:10.2', vlan: 'x', ipam: { type: 'whereabouts', dataDir: '/elsewhere' } },
  };
  await del(delRequest(edited), node.world);
  expect(traceOf(node)).toEqual(untouched());
});

test('DEL goes on after a refusal, names each, keeps record and addresses, and a later one finishes (DEF-18)', async () => {
  const node = await attached();
  node.machine.steps.refuseEvery(/VLAN 0|MTU 1500/);
  await expect(del(delRequest(call), node.world)).rejects.toMatchObject({
    fault: 'undo-incomplete',
    message: expect.stringMatching(/VLAN 0.*MTU 1500/),
  });
  expect([node.records.all().length, node.addresses.held.size]).toEqual([1, 2]);
  expect(vfAt(node.machine).link).toMatchObject({ name: 'enp1s0v0', mac: '02:00:00:00:01:00' });
  node.machine.steps.refuseEvery();
  await del(delRequest(call), node.world);
  expect(traceOf(node)).toEqual(untouched());
});

test('DEL keeps the record while the link cannot be moved home', async () => {
  const node = await attached();
  node.machine.steps.refuseEvery(/back to the host/);
  expect(await outcomeOf(del(delRequest(call), node.world))).toBe('undo-incomplete');
  expect(sandboxAt(node.machine).links).toContain(vfAt(node.machine).link);
  node.machine.steps.refuseEvery();
  await del(delRequest(call), node.world);
  expect(traceOf(node)).toEqual(untouched());
});

test('DEL restores the settings of the PF when the VF has lost its link to a userspace driver', async () => {
  const node = await attached();
  const { machine } = node;
  const vf = vfAt(machine);
  vf.driver = 'vfio-pci';
  sandboxAt(machine).links = sandboxAt(machine).links.filter((link) => link !== vf.link);
  await del(delRequest(call), node.world);
  expect(vf).toMatchObject({ vlan: { id: 0, qos: 0 }, spoofchk: 'on', trust: 'off', isPinned: false });
  expect(node.records.all()).toEqual([]);
});
