import { beforeAll, expect, test } from 'vitest';
import { TUTORIAL, useNodeOfItsOwn, VF, VF_OF_SECOND_PF } from './node.ts';
import { planted, without } from './planted-devices.ts';

const node = useNodeOfItsOwn();

/** As in a virtual machine that was given VFs: no PF to be seen; and beside them a NIC that is no VF. */
beforeAll(() =>
  node.sh(
    planted(`${without(VF, 'physfn')}
      ${without(VF_OF_SECOND_PF, 'physfn')}
      ln -sfn /sys/bus/pci/drivers/e1000e ${VF_OF_SECOND_PF}/driver`),
  ),
);

const NETCONF = { ...TUTORIAL, cniVersion: '1.1.0', mtu: 1400 };

test('a VF without a PF is moved, passes CHECK, and comes back', async () => {
  const before = await node.snapshot();
  const prevResult = await node.add({ netconf: NETCONF });
  expect(prevResult.interfaces).toMatchObject([{ name: 'net1', mtu: 1400, pciID: VF }]);
  expect(await node.sh('ip -n pod1 -4 -br address show net1')).toContain('10.20.30.1/25');
  const check = await node.cni('CHECK', { netconf: { ...NETCONF, prevResult } });
  expect(check).toMatchObject({ code: 0, json: undefined });
  await node.del();
  expect(await node.snapshot()).toEqual(before);
});

test('it comes back from a dead namespace, too', async () => {
  const before = await node.snapshot();
  await node.add();
  await node.sh('ip netns del pod1');
  await node.del();
  expect(await node.snapshot()).toEqual(before);
});

const REFUSALS = [
  [{ vlan: 100 }, 'vlan'],
  [{ vlan: 0 }, 'vlan'],
  [{ mac: '02:aa:00:00:00:01' }, 'mac'],
  [{ spoofchk: 'on' }, 'spoofchk'],
  [{ trust: 'off' }, 'trust'],
  [{ max_tx_rate: 100 }, 'max_tx_rate'],
  [{ link_state: 'auto' }, 'link_state'],
] as const;

test('what only a PF could set is refused before any change', async () => {
  const before = await node.snapshot();
  for (const [settings, key] of REFUSALS) {
    const { json } = await node.cni('ADD', { netconf: { ...TUTORIAL, ...settings } });
    expect(json).toMatchObject({ code: 106, details: expect.stringContaining(key) });
  }
  expect(await node.snapshot()).toEqual(before);
});

const OTHER_NIC = { ...TUTORIAL, deviceID: VF_OF_SECOND_PF };

test('a NIC whose driver is not one of VFs is refused before any change', async () => {
  const before = await node.snapshot();
  const { json } = await node.cni('ADD', { netconf: OTHER_NIC });
  expect(json).toMatchObject({ code: 106, details: expect.stringContaining('allowNoPF') });
  expect(await node.snapshot()).toEqual(before);
});

test('with allowNoPF that NIC is moved, and comes back', async () => {
  const before = await node.snapshot();
  const call = { netconf: { ...OTHER_NIC, allowNoPF: true } };
  expect((await node.add(call)).interfaces).toMatchObject([{ name: 'net1', sandbox: '/run/netns/pod1' }]);
  await node.del(call);
  expect(await node.snapshot()).toEqual(before);
});
