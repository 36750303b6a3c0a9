/** The executable under the name `host-local`: on its own, and below and beside the reference plugins. */
import { describe, expect } from 'vitest';
import { ipamCall, OURS, THEIRS, withHostLocal } from './as-host-local.ts';
import { type Machine, OWN_PLUGINS, REFERENCE_PLUGINS } from './machine.ts';
import { machineTest } from './machine-test.ts';
import { IPV4 } from './networks.ts';
import { addressesOf, attached, expectSilence, refused } from './outcome.ts';

const test = machineTest({ vfs: 1 });

describe.concurrent('beside the reference plugin, on the same directory', () => {
  const SMALL = { subnet: '10.1.2.0/28' };
  const IDS = Array.from({ length: 13 }, (_, n) => `c${n}`);
  const pluginOf = (index: number) => (index % 2 === 0 ? OURS : THEIRS);

  async function addAll(machine: Machine, order: 'one by one' | 'at once'): Promise<string[]> {
    await withHostLocal(machine);
    const adding = async (containerId: string, index: number) => {
      const call = ipamCall(SMALL, { containerId, plugin: pluginOf(index) });
      return addressesOf(attached(await machine.add(call)));
    };
    if (order === 'at once') return (await Promise.all(IDS.map(adding))).flat();
    const addresses: string[] = [];
    for (const [index, id] of IDS.entries()) addresses.push(...(await adding(id, index)));
    return addresses;
  }

  test('they take turns', async ({ machine }) => {
    const addresses = await addAll(machine, 'one by one');
    expect(addresses).toEqual(IDS.map((_, n) => `10.1.2.${n + 2}`));
    const onceMore = (plugin: string) => machine.add(ipamCall(SMALL, { containerId: 'more', plugin }));
    refused(await onceMore(OURS), 'no-free-address');
    expect((await onceMore(THEIRS)).answer?.code).toBe(999);
  });

  test('no address is given twice (I5)', async ({ machine }) => {
    expect(new Set(await addAll(machine, 'at once')).size).toBe(IDS.length);
  });

  test('each releases what the other reserved', async ({ machine }) => {
    const before = await machine.snapshot();
    await addAll(machine, 'one by one');
    for (const [index, containerId] of IDS.entries()) {
      expectSilence(await machine.del(ipamCall(SMALL, { containerId, plugin: pluginOf(index + 1) })));
    }
    expect(await machine.snapshot()).toEqual(before);
  });

  test('each finds in CHECK what the other reserved', async ({ machine }) => {
    await withHostLocal(machine);
    const result = attached(await machine.add(ipamCall(SMALL, { plugin: THEIRS })));
    expectSilence(await machine.check(ipamCall(SMALL), result));
    expectSilence(await machine.check(ipamCall(SMALL, { plugin: THEIRS }), result));
  });
});

describe.concurrent('below a reference plugin', () => {
  const ipam = { type: 'host-local', ...IPV4, routes: [{ dst: '0.0.0.0/0' }] };

  test.for([
    ['bridge', { bridge: 'br0', isGateway: true }],
    ['ptp', {}],
    ['macvlan', { master: 'pf0' }],
  ] as const)(
    '%s gets addresses, CHECK agrees, DEL releases them (I17)',
    async ([type, conf], { machine }) => {
      await withHostLocal(machine);
      const { state } = await machine.snapshot();
      const call = {
        plugin: `${REFERENCE_PLUGINS}/${type}`,
        netconf: { cniVersion: '1.0.0', name: 'net', type, ...conf, ipam },
        env: { CNI_PATH: OWN_PLUGINS },
      };
      const result = attached(await machine.add(call));
      expect(addressesOf(result)).toEqual(['10.1.2.2']);
      const there = await machine.inPod('ip -4 -br addr show net1');
      expect(there).toContain('10.1.2.2/24');
      expectSilence(await machine.check(call, result));
      expectSilence(await machine.del({ ...call, netconf: { ...call.netconf, prevResult: result } }));
      expect((await machine.snapshot()).state).toEqual(state);
    },
  );
});

describe.concurrent('as an IPAM plugin', () => {
  const NEWEST = { conf: { cniVersion: '1.1.0' } };

  test('the newest version is answered, too', async ({ machine }) => {
    await withHostLocal(machine);
    expect(attached(await machine.add(ipamCall(IPV4, NEWEST)))).toEqual({
      cniVersion: '1.1.0',
      ips: [{ address: '10.1.2.2/24', gateway: '10.1.2.1' }],
      routes: [],
    });
  });

  test('CHECK without prevResult asks for any address', async ({ machine }) => {
    await withHostLocal(machine);
    const call = ipamCall({ subnet: '10.1.2.0/24' });
    expect(refused(await machine.cni('CHECK', call), 'drift')).toContain('holds no address for container c1');
    attached(await machine.add(call));
    expectSilence(await machine.cni('CHECK', call));
  });

  test('a misspelt key of ipam is warned of, and nothing else is said', async ({ machine }) => {
    await withHostLocal(machine);
    const { stderr } = await machine.add(ipamCall({ subnet: '10.1.2.0/24', exclud: ['10.1.2.2'] }));
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/level=warning .*is ipam\.exclude meant/),
    ]);
  });

  test('CHECK misses an address that is not held any more', async ({ machine }) => {
    await withHostLocal(machine);
    const call = ipamCall(IPV4, NEWEST);
    const result = attached(await machine.add(call));
    expectSilence(await machine.check(call, result));
    await machine.sh('rm /var/lib/cni/networks/net/10.1.2.2');
    expect(refused(await machine.check(call, result), 'drift')).toContain('10.1.2.2');
  });

  test('STATUS tells that a range is exhausted', async ({ machine }) => {
    await withHostLocal(machine);
    const call = ipamCall({ subnet: '10.1.2.0/30' }, NEWEST);
    expectSilence(await machine.cni('STATUS', call));
    attached(await machine.add(call));
    expect(refused(await machine.cni('STATUS', call), 'unavailable')).toContain('10.1.2.1-10.1.2.2');
    expectSilence(await machine.del(call));
    expectSilence(await machine.cni('STATUS', call));
  });

  test.for([
    ['those of the list', [{ containerID: 'c1', ifname: 'net1' }], ['c1\r\nnet1']],
    ['none for null', null, []],
    ['all without a list', undefined, ['c1\r\nnet1', 'c2\r\nnet1']],
  ] as const)('GC keeps %s', async ([, list, kept], { machine }) => {
    await withHostLocal(machine);
    for (const containerId of ['c1', 'c2']) attached(await machine.add(ipamCall(IPV4, { containerId })));
    const conf = { cniVersion: '1.1.0', ...(list !== undefined && { 'cni.dev/valid-attachments': list }) };
    expectSilence(await machine.cni('GC', ipamCall(IPV4, { conf })));
    expect(Object.values((await machine.snapshot()).state)).toEqual(kept);
  });
});
