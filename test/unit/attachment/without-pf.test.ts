/** Inside a VM that was given VFs, they look like devices of their own. */
import { expect, test } from 'vitest';
import { add } from '../../../src/attachment/add.ts';
import { check } from '../../../src/attachment/check.ts';
import { del } from '../../../src/attachment/del.ts';
import { kill } from '../../../src/model/accidents.ts';
import { POD_A, vfAt } from '../../../src/model/machine.ts';
import { PLAIN_DEVICE } from '../../../src/model/model-host.ts';
import { createNode, type Node, traceOf } from '../../fakes/fake-world.ts';
import { addRequest, type Call, checkRequest, delRequest, TUTORIAL_IPAM } from '../../fakes/requests.ts';

function nodeInVm(driver = 'igbvf'): Node {
  const node = createNode();
  node.machine.pf.isThere = false;
  vfAt(node.machine).driver = driver;
  return node;
}

const call: Call = { conf: { mtu: 1400, ipam: TUTORIAL_IPAM } };

test.each<[string, string, Call]>([
  ['its driver is for VFs only', 'iavf', call],
  ['the configuration allows it', 'virtio-pci', { conf: { ...call.conf, allowNoPF: true } }],
])(
  'ADD moves a device without a PF if %s, and DEL brings it home (F21, PAIN-37)',
  async (_title, driver, asked) => {
    const node = nodeInVm(driver);
    const result = await add(addRequest(asked), node.world);
    expect(vfAt(node.machine).link).toMatchObject({ name: 'net1', mtu: 1400, addresses: ['10.20.30.2/25'] });
    await check(checkRequest(asked, result), node.world);
    await del(delRequest(asked), node.world);
    expect(traceOf(node)).toEqual(traceOf(nodeInVm(driver)));
  },
);

test('DEL brings a VF without a PF home from a dead sandbox', async () => {
  const node = nodeInVm();
  await add(addRequest(call), node.world);
  kill(node.machine, POD_A, { afterMs: 300, udevAfterMs: 10 });
  await del(delRequest(call), node.world);
  const expected = nodeInVm();
  kill(expected.machine, POD_A);
  expect(traceOf(node)).toEqual(traceOf(expected));
});

test.each<[string, string, Call, RegExp]>([
  [
    'a MAC',
    'iavf',
    { conf: { mac: '02:00:00:00:00:aa' } },
    /^Cannot set mac of 0000:01:10.0: it has no PF here/,
  ],
  [
    'settings',
    'iavf',
    { conf: { vlan: 5, trust: 'on' } },
    /^Cannot set vlan, trust of 0000:01:10.0: it has no PF here \(a VF in a VM\). Let the host of the VM set them/,
  ],
  [
    'settings, by the names that they have in the configuration',
    'iavf',
    { conf: { link_state: 'enable', min_tx_rate: 1, max_tx_rate: 2 } },
    /^Cannot set link_state, min_tx_rate, max_tx_rate of 0000:01:10.0: it has no PF here/,
  ],
  [
    'a device whose driver is not for VFs only',
    'mlx5_core',
    {},
    /^Cannot attach 0000:01:10.0: it is not a virtual function: .* set allowNoPF to true/,
  ],
  [
    'a network card',
    'igbvf',
    { conf: { deviceID: PLAIN_DEVICE } },
    /^Cannot attach 0000:00:1f.2: it is not a virtual function/,
  ],
])('ADD refuses %s before any change', async (_title, driver, asked, message) => {
  const node = nodeInVm(driver);
  await expect(add(addRequest(asked), node.world)).rejects.toMatchObject({
    fault: 'device-unfit',
    message: expect.stringMatching(message),
  });
  expect(node.machine.steps.taken()).toEqual([]);
});
