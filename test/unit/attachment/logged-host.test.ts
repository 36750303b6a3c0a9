import { expect, test } from 'vitest';
import type { Change } from '../../../src/attachment/change.ts';
import { loggedHost } from '../../../src/attachment/logged-host.ts';
import { createNode } from '../../fakes/fake-world.ts';
import { FIRST_VF } from '../../fakes/machine.ts';

const changes: readonly Change[] = [
  { kind: 'add-altname', link: 'enp1s0v0', altname: 'a' },
  { kind: 'add-altname', link: 'nowhere', altname: 'b' },
];
const expected = [
  'info: add altname a to enp1s0v0',
  'info: add altname b to nowhere',
  'warning: Cannot add altname b to nowhere: ENODEV (ip ... (add-altname))',
];

test.each(['make', 'makeAll'] as const)('%s tells the log every change and every refusal', async (verb) => {
  const { world, logged } = createNode();
  const host = loggedHost(world.host, world.log);
  await world.withLock(FIRST_VF as Parameters<typeof world.withLock>[0], async () => host[verb](changes));
  expect(logged).toEqual(expected);
});
