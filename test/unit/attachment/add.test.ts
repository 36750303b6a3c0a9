import { describe, expect, test } from 'vitest';
import { add } from '../../../src/attachment/add.ts';
import { kill } from '../../../src/model/accidents.ts';
import { FIRST_VF, newLink, POD_A, POD_B, SECOND_VF, sandboxAt, vfAt } from '../../../src/model/machine.ts';
import { createNode, traceOf } from '../../fakes/fake-world.ts';
import { addRequest, type Call, TUTORIAL_IPAM } from '../../fakes/requests.ts';
import { CASES, outcomeOf } from './lives.ts';

const podB: Call = { pod: 'pod-b' };

test('ADD makes the network of the tutorials work: address, default route, gateway outside the subnet', async () => {
  const { machine, addresses, world } = createNode();
  const call = { conf: { ipam: TUTORIAL_IPAM } };
  expect(await add(addRequest(call), world)).toEqual({
    interfaces: [{ name: 'net1', mac: '02:00:00:00:01:00', mtu: 1500, sandbox: POD_A, pciID: FIRST_VF }],
    ips: [{ interface: 0, address: '10.20.30.2/25', gateway: '10.20.10.1' }],
    routes: [{ dst: '0.0.0.0/0', gw: '10.20.10.1' }],
  });
  expect(vfAt(machine).link).toMatchObject({
    name: 'net1',
    isUp: true,
    addresses: ['10.20.30.2/25'],
    routes: [{ dst: '10.20.10.1/32' }, { dst: '0.0.0.0/0', gw: '10.20.10.1' }],
  });
  const path = '/var/lib/cni/networks/sriov-network/10.20.30.2';
  expect([...addresses.held]).toEqual([[path, { containerId: 'pod-a', ifName: 'net1' }]]);
});

test('ADD makes every setting, and uses IPv6 though the runtime has switched it off', async () => {
  const { machine, world } = createNode();
  const { mtu, mac } = (await add(addRequest(CASES['every setting'].call), world)).interfaces[0] ?? {};
  expect({ mtu, mac }).toEqual({ mtu: 1400, mac: '02:00:00:00:00:aa' });
  expect(vfAt(machine)).toMatchObject({ vlan: { id: 100, qos: 3 }, spoofchk: 'off', trust: 'on' });
  expect(vfAt(machine).link).toMatchObject({
    mtu: 1400,
    addresses: ['10.0.0.2/24', '2001:db8::2/64'],
    routes: [
      { dst: '0.0.0.0/0', gw: '10.0.0.1' },
      { dst: '::/0', gw: '2001:db8::1' },
    ],
  });
});

test('the record says since when', async () => {
  const { machine, records, world } = createNode();
  machine.clock.pass(90_000);
  await add(addRequest({ conf: { ipam: TUTORIAL_IPAM } }), world);
  expect(records.all()[0]?.since).toMatch(/^1970-01-01T00:01:30/);
});

test('ADD writes the record before anything else, and says in the end that it is complete', async () => {
  const { machine, records, world } = createNode();
  const unfinished: (boolean | undefined)[] = [];
  machine.steps.watch(() => unfinished.push(records.all()[0]?.isUnfinished));
  await add(addRequest(CASES['every setting'].call), world);
  expect(machine.steps.taken()[0]).toBe('write the record');
  expect(unfinished.slice(0, -1)).toEqual(unfinished.slice(0, -1).map(() => true));
  expect(unfinished.at(-1)).toBe(false);
});

test('ADD holds no address that the record does not name', async () => {
  const { machine, records, addresses, world } = createNode();
  const unnamed: string[] = [];
  machine.steps.watch(() => {
    const named = records.all().flatMap((record) => record.addresses.held);
    unnamed.push(
      ...[...addresses.held.keys()].filter((path) => !named.includes(path.split('/').at(-1) ?? '')),
    );
  });
  await add(addRequest(CASES['every setting'].call), world);
  expect(addresses.held.size).toBe(2);
  expect(unnamed).toEqual([]);
});

test('ADD writes no setting that the configuration does not name, and none that is as wanted (PAIN-19)', async () => {
  const { machine, world } = createNode();
  await add(addRequest({ conf: { spoofchk: 'on', trust: 'off', vlan: 0, mtu: 1500 } }), world);
  expect(machine.steps.taken().filter((step) => /set VF|MTU|MAC/.test(step))).toEqual([]);
});

test('ADD says what the version cannot express before any change', async () => {
  const node = createNode();
  const asked: unknown[] = [];
  const mustExpress = (draft: unknown) => {
    asked.push(draft);
    throw new Error('not in this version');
  };
  await expect(
    add(addRequest(CASES['every setting'].call), { ...node.world, mustExpress }),
  ).rejects.toThrow();
  expect(asked).toMatchObject([{ ips: [{ address: '0.0.0.0/0' }, { address: '::/0' }] }]);
  expect(traceOf(node)).toEqual(traceOf(createNode()));
});

test('ADD puts everything back if the version cannot express the result in the end', async () => {
  const node = createNode();
  let asked = 0;
  const mustExpress = () => {
    asked += 1;
    if (asked > 1) throw new Error('not in this version');
  };
  const request = addRequest(CASES['every setting'].call);
  await expect(add(request, { ...node.world, mustExpress })).rejects.toThrow('not in this version');
  expect(traceOf(node)).toEqual(traceOf(createNode()));
});

describe('a VF that an earlier attachment holds', () => {
  test('is refused while its pod lives', async () => {
    const node = createNode();
    await add(addRequest(), node.world);
    const before = traceOf(node);
    await expect(add(addRequest(podB), node.world)).rejects.toMatchObject({
      fault: 'device-in-use',
      message: `Cannot attach ${FIRST_VF}: container pod-a has it as net1 (network sriov-network, ${POD_A})`,
    });
    expect(traceOf(node)).toEqual(before);
  });

  test('is refused to the same attachment, too, once ADD was complete', async () => {
    const { world } = createNode();
    await add(addRequest(), world);
    expect(await outcomeOf(add(addRequest(), world))).toBe('device-in-use');
  });

  test.each([
    ['at once', {}],
    ['after a while', { afterMs: 1500 }],
    ['with udev', { afterMs: 50, udevAfterMs: 5 }],
  ])(
    'is restored and attached when its sandbox died and the VF comes home %s',
    async (_title, homecoming) => {
      const { machine, records, addresses, world } = createNode();
      await add(addRequest(CASES['every setting'].call), world);
      kill(machine, POD_A, homecoming);
      await add(addRequest(podB), world);
      expect(vfAt(machine)).toMatchObject({ vlan: { id: 0 }, spoofchk: 'on', trust: 'off', isPinned: false });
      expect(sandboxAt(machine, POD_B).links).toContain(vfAt(machine).link);
      expect(records.all()[0]?.before.link).toMatchObject({
        name: 'enp1s0v0',
        mac: '02:00:00:00:01:00',
        altnames: [],
      });
      expect(addresses.held.size).toBe(0);
    },
  );

  test('is restored and attached when somebody took it out of a sandbox that lives on', async () => {
    const { machine, world } = createNode();
    await add(addRequest(), world);
    const { link } = vfAt(machine);
    sandboxAt(machine).links = sandboxAt(machine).links.filter((other) => other !== link);
    machine.home.links.push(link);
    await add(addRequest(podB), world);
    expect(sandboxAt(machine, POD_B).links).toContain(link);
  });

  test('is not attached as long as it cannot be restored', async () => {
    const node = createNode();
    await add(addRequest({ conf: { vlan: 5 } }), node.world);
    kill(node.machine, POD_A);
    node.machine.steps.refuseEvery(/VLAN 0/);
    await expect(add(addRequest(podB), node.world)).rejects.toMatchObject({ fault: 'undo-incomplete' });
    expect(node.records.all()[0]?.attachment.containerId).toBe('pod-a');
    expect(sandboxAt(node.machine, POD_B).links).not.toContain(vfAt(node.machine).link);
  });
});

test('two VFs go to two interfaces of one pod', async () => {
  const { machine, world } = createNode();
  await add(addRequest(), world);
  await add(addRequest({ conf: { deviceID: SECOND_VF }, ifName: 'net2' }), world);
  expect(sandboxAt(machine).links.map(({ name }) => name)).toEqual(['lo', 'eth0', 'net1', 'net2']);
});

test('the first cause is the answer, and what could not be restored stands behind it', async () => {
  const node = createNode();
  sandboxAt(node.machine).links.push(newLink({ name: 'net9' }));
  node.machine.steps.refuseEvery(/move|VLAN 0/);
  await expect(add(addRequest({ conf: { vlan: 7 } }), node.world)).rejects.toMatchObject({
    fault: 'kernel-refused',
    message: expect.stringMatching(
      /^Cannot move enp1s0v0 .*Restoring is incomplete: Cannot set VF 0 of enp1s0: VLAN 0/,
    ),
  });
  expect(node.records.all()).toHaveLength(1);
});
