import { expect, test } from 'vitest';
import { add } from '../../../src/attachment/add.ts';
import { del } from '../../../src/attachment/del.ts';
import { deviceInfoOf } from '../../../src/attachment/device-info.ts';
import { FIRST_VF } from '../../../src/model/machine.ts';
import { createNode, traceOf } from '../../fakes/fake-world.ts';
import { addRequest, delRequest } from '../../fakes/requests.ts';
import { INFO_FILE, untouchedNode } from './lives.ts';

const call = { conf: { runtimeConfig: { CNIDeviceInfoFile: INFO_FILE } } };

test('ADD describes the device where the runtime wants it, and DEL takes the file away', async () => {
  const node = createNode();
  await add(addRequest(call), node.world);
  expect([...node.deviceInfo.files]).toEqual([
    [
      INFO_FILE,
      { type: 'pci', version: '1.1.0', pci: { 'pci-address': FIRST_VF, 'pf-pci-address': '0000:01:00.0' } },
    ],
  ]);
  await del(delRequest(), node.world);
  expect(traceOf(node)).toEqual(untouchedNode());
});

test('a device without a PF in sight is described without one', () => {
  expect(deviceInfoOf({ address: FIRST_VF as never, index: 0 })).toMatchObject({
    pci: { 'pci-address': FIRST_VF },
  });
});

test('ADD writes no file where none is wanted', async () => {
  const node = createNode();
  await add(addRequest(), node.world);
  expect(node.deviceInfo.files.size).toBe(0);
});
