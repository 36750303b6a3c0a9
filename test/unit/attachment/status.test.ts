import { expect, test } from 'vitest';
import { add } from '../../../src/attachment/add.ts';
import { status } from '../../../src/attachment/status.ts';
import { removeVfs } from '../../../src/model/accidents.ts';
import { createNode, type Node } from '../../fakes/fake-world.ts';
import { DELEGATE } from '../../fakes/memory-delegate.ts';
import { addRequest, type Call, statusRequest } from '../../fakes/requests.ts';

const TWO_ADDRESSES = { type: 'host-local', subnet: '10.0.0.0/24', rangeEnd: '10.0.0.3' };
const ONE_ADDRESS = { ...TWO_ADDRESSES, rangeEnd: '10.0.0.2' };

/** One pod is attached. */
async function nodeWith(call: Call): Promise<Node> {
  const node = createNode();
  await add(addRequest(call), node.world);
  return node;
}

test.each<[string, Call]>([
  ['nothing is attached', { pod: 'none' }],
  ['a pod is attached, and addresses are left', { conf: { ipam: TWO_ADDRESSES } }],
  ['another plugin gives the addresses', { conf: { ipam: { type: DELEGATE } } }],
])('STATUS succeeds when an ADD would find what it needs: %s', async (_title, call) => {
  const node = call.pod ? createNode() : await nodeWith(call);
  await status(statusRequest(call), node.world);
});

type Lacking = readonly [
  title: string,
  call: Call,
  accident: (node: Node) => void,
  fault: string,
  message: string,
];
const lacking: readonly Lacking[] = [
  [
    'a range without a free address',
    { conf: { ipam: ONE_ADDRESS } },
    () => {},
    'unavailable',
    'No address of 10.0.0.0/24 is free',
  ],
  [
    'a VF of a living pod that is gone (PAIN-8)',
    {},
    ({ machine }) => removeVfs(machine),
    'limited',
    'The VF 0000:01:10.0 of container pod-a is gone',
  ],
  [
    'a PF that is down',
    {},
    ({ machine }) => {
      machine.pf.isDown = true;
    },
    'limited',
    'The PF enp1s0 of 0000:01:10.0 (container pod-a) is down',
  ],
  [
    'what attachments lack, before what an ADD would lack',
    { conf: { ipam: ONE_ADDRESS } },
    ({ machine }) => removeVfs(machine),
    'limited',
    'The VF 0000:01:10.0 of container pod-a is gone; No address of 10.0.0.0/24 is free',
  ],
  [
    'what the IPAM plugin answers',
    { conf: { ipam: { type: DELEGATE } } },
    ({ delegate }) => {
      delegate.isFull = true;
    },
    'ipam-plugin',
    `The IPAM plugin ${DELEGATE} failed: no address is left`,
  ],
];

test.each(lacking)('STATUS tells %s', async (_title, call, accident, fault, message) => {
  const node = await nodeWith(call);
  accident(node);
  await expect(status(statusRequest(call), node.world)).rejects.toMatchObject({ fault, message });
});

test('STATUS tells nothing of the attachments of another network', async () => {
  const node = await nodeWith({});
  removeVfs(node.machine);
  await status(statusRequest({ conf: { name: 'other' } }), node.world);
});

test('STATUS names everything that an ADD would miss on the node', async () => {
  const { world } = createNode();
  const readiness = () => ['no ip', 'no disk'];
  await expect(status(statusRequest(), { ...world, readiness })).rejects.toMatchObject({
    fault: 'unavailable',
    message: 'no ip; no disk',
  });
});
