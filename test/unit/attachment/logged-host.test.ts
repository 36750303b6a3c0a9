import { expect, test } from 'vitest';
import type { Change } from '../../../src/attachment/change.ts';
import { loggedHost } from '../../../src/attachment/logged-host.ts';
import type { Log } from '../../../src/attachment/ports.ts';
import { FIRST_VF } from '../../../src/model/machine.ts';
import { createNode } from '../../fakes/fake-world.ts';

const changes: readonly Change[] = [
  { kind: 'add-altname', link: 'enp1s0v0', altname: 'a' },
  { kind: 'add-altname', link: 'nowhere', altname: 'b' },
];
const together = { ms: expect.any(Number), of: 2 };
const expected = [
  ['info', 'add altname a to enp1s0v0', together],
  ['info', 'add altname b to nowhere', together],
  ['warning', 'Cannot add altname b to nowhere: ENODEV (ip ... (add-altname))'],
];

test.each(['make', 'makeAll'] as const)('%s tells the log every change and every refusal', async (verb) => {
  const { world } = createNode();
  const lines: Parameters<Log>[] = [];
  const host = loggedHost(world.host, (...line) => void lines.push(line));
  const makeLocked = (some: readonly Change[]) =>
    world.withLock(FIRST_VF as never, async () => host[verb](some));
  await makeLocked(changes);
  expect(lines).toEqual(expected);
  await makeLocked([]);
  expect(lines).toEqual(expected);
});
