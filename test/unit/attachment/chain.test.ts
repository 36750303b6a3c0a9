/** Behind other plugins in a chain: what they answered stays, and ours stands behind it. */
import { describe, expect, test } from 'vitest';
import type { Result } from '../../../schemas/result.ts';
import { add } from '../../../src/attachment/add.ts';
import { check } from '../../../src/attachment/check.ts';
import { POD_A, vfAt } from '../../../src/model/machine.ts';
import { createNode, type Node } from '../../fakes/fake-world.ts';
import { DELEGATE } from '../../fakes/memory-delegate.ts';
import { addRequest, type Call, checkRequest, type Keys, TUTORIAL_IPAM } from '../../fakes/requests.ts';

const prevResult = {
  interfaces: [{ name: 'br0' }, { name: 'eth0', mac: '02:00:00:00:00:e0', sandbox: POD_A }],
  ips: [{ interface: 1, address: '10.244.0.7/24', gateway: '10.244.0.1' }],
  routes: [{ dst: '10.244.0.0/16', gw: '10.244.0.1' }],
  dns: { nameservers: ['10.96.0.10'] },
};

async function chained(
  conf: Keys = { ipam: TUTORIAL_IPAM },
): Promise<{ node: Node; result: Result; call: Call }> {
  const node = createNode();
  const call = { conf: { prevResult, ...conf } };
  return { node, call, result: await add(addRequest(call), node.world) };
}

test('ADD answers with what was before it, and behind that with its own, which points to its interface (F35)', async () => {
  const { result } = await chained();
  expect(result).toMatchObject({
    interfaces: [...prevResult.interfaces, { name: 'net1', sandbox: POD_A }],
    ips: [...prevResult.ips, { interface: 2, address: '10.20.30.2/25' }],
    routes: [...prevResult.routes, { dst: '0.0.0.0/0', gw: '10.20.10.1' }],
  });
});

test('ADD sets no route of the plugins before it', async () => {
  const { node } = await chained();
  expect(vfAt(node.machine).link.routes.map(({ dst }) => dst)).toEqual(['10.20.10.1/32', '0.0.0.0/0']);
});

describe('the name servers that ADD answers with are', () => {
  const dns = { nameservers: ['192.0.2.1'] };
  const ipam = { ...TUTORIAL_IPAM, resolvConf: '/etc/pods.conf' };
  const ofDelegate = { type: DELEGATE };

  test.each<[string, Keys, string[] | undefined]>([
    ['those of the key before all', { dns, ipam, prevResult }, ['192.0.2.1']],
    ['those of resolvConf before those of the chain', { ipam, prevResult }, ['192.0.2.2']],
    [
      'those of another IPAM plugin before those of the chain',
      { ipam: ofDelegate, prevResult },
      ['192.0.2.3'],
    ],
    ['those of the key before those of another IPAM plugin', { dns, ipam: ofDelegate }, ['192.0.2.1']],
    ['those of the chain', { prevResult }, ['10.96.0.10']],
    ['none', { ipam: TUTORIAL_IPAM }, undefined],
  ])('%s', async (_title, conf, expected) => {
    const { addresses, delegate, world } = createNode();
    addresses.resolvConfs.set('/etc/pods.conf', { nameservers: ['192.0.2.2'] });
    delegate.more = { dns: { nameservers: ['192.0.2.3'] } };
    const { dns: answered } = await add(addRequest({ conf }), world);
    expect(answered?.nameservers).toEqual(expected);
  });
});

describe('CHECK in a chain', () => {
  test('looks at our interface, addresses and routes among those of others', async () => {
    const { node, call, result } = await chained();
    await check(checkRequest(call, result), node.world);
  });

  test('does not ask for routes of others where another IPAM plugin gave the addresses', async () => {
    const { node, call, result } = await chained({ ipam: { type: DELEGATE } });
    await check(checkRequest(call, result), node.world);
  });

  test('takes no interface on the host for ours, though it has the same name', async () => {
    const { node, call, result } = await chained();
    const [, ...others] = result.interfaces;
    const onHost = { name: 'net1' as never, mac: '02:00:00:00:00:bb' };
    await check(checkRequest(call, { ...result, interfaces: [onHost, ...others] }), node.world);
  });

  test('names what is missing of ours only', async () => {
    const { node, call, result } = await chained();
    Object.assign(vfAt(node.machine).link, { addresses: [], routes: [] });
    await expect(check(checkRequest(call, result), node.world)).rejects.toMatchObject({
      fault: 'drift',
      message: 'net1 has no address 10.20.30.2/25; net1 has no route to 0.0.0.0/0 via 10.20.10.1',
    });
  });
});
