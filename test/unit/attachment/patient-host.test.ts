import { expect, test } from 'vitest';
import type { Change, Refusal } from '../../../src/attachment/change.ts';
import { del } from '../../../src/attachment/del.ts';
import { patientHost } from '../../../src/attachment/patient-host.ts';
import type { Host } from '../../../src/attachment/ports.ts';
import { createClock } from '../../../src/model/clock.ts';
import { createNode } from '../../fakes/fake-world.ts';
import { delRequest } from '../../fakes/requests.ts';
import { attachedNode } from './lives.ts';

const up = (link: string): Change => ({ kind: 'set-link', place: 'home', link, settings: { isUp: true } });
const CHANGES = [up('a'), up('b'), up('c')];

/** A host that refuses a link with an errno until a time, and remembers what it made. */
function hostWith(refusals: Readonly<Record<string, { errno: string; untilMs: number }>>) {
  const clock = createClock();
  const made: string[] = [];
  const attempt = (change: Change): Refusal | undefined => {
    const link = 'link' in change ? change.link : '';
    const refusal = refusals[link];
    if (refusal && clock.now() < refusal.untilMs) {
      return { change, errno: refusal.errno, reason: refusal.errno, command: 'ip' };
    }
    made.push(link);
    return undefined;
  };
  const host: Host = {
    ...createNode().world.host,
    make: async (changes) => {
      for (const change of changes) {
        const refusal = attempt(change);
        if (refusal) return refusal;
      }
      return undefined;
    },
    makeAll: async (changes) => changes.flatMap((change) => attempt(change) ?? []),
  };
  const world = { log: () => {}, pause: async (ms: number) => clock.pass(ms) };
  return { host: patientHost(host, world), made, clock };
}

test('a device that is busy for a moment is asked again, and what was made is not made again (PAIN-16)', async () => {
  const { host, made } = hostWith({ b: { errno: 'EBUSY', untilMs: 300 } });
  expect(await host.make(CHANGES)).toBeUndefined();
  expect(made).toEqual(['a', 'b', 'c']);
});

test('a device that stays busy is a refusal, in bounded time', async () => {
  const { host, made, clock } = hostWith({ b: { errno: 'EAGAIN', untilMs: Number.POSITIVE_INFINITY } });
  expect(await host.make(CHANGES)).toMatchObject({ errno: 'EAGAIN' });
  expect(made).toEqual(['a']);
  expect(clock.now()).toBeLessThan(2200);
});

test('any other refusal is told at once', async () => {
  const { host, clock } = hostWith({ b: { errno: 'EPERM', untilMs: 300 } });
  expect(await host.make(CHANGES)).toMatchObject({ errno: 'EPERM' });
  expect(clock.now()).toBe(0);
});

test('restoring goes on behind refusals, and asks again for those that pass', async () => {
  const { host, made } = hostWith({
    a: { errno: 'EBUSY', untilMs: 100 },
    b: { errno: 'EPERM', untilMs: Number.POSITIVE_INFINITY },
  });
  expect(await host.makeAll(CHANGES)).toMatchObject([{ errno: 'EPERM' }]);
  expect(made).toEqual(['c', 'a']);
});

test('DEL gives up a device that stays busy in some seconds, and keeps the record', async () => {
  const call = { conf: { vlan: 5 } };
  const { machine, records, world } = await attachedNode(call);
  const isBusy = ({ kind }: Change) => kind === 'set-vf';
  const refusalOf = (change: Change) => ({ change, errno: 'EBUSY', reason: 'busy', command: 'ip' });
  const host: Host = {
    ...world.host,
    makeAll: async (changes, sandbox) => [
      ...(await world.host.makeAll(
        changes.filter((change) => !isBusy(change)),
        sandbox,
      )),
      ...changes.filter(isBusy).map(refusalOf),
    ],
  };
  const begun = machine.clock.now();
  const ended = del(delRequest(call), { ...world, host: patientHost(host, world) });
  await expect(ended).rejects.toMatchObject({ fault: 'undo-incomplete' });
  expect(machine.clock.now() - begun).toBeLessThan(6000);
  expect(records.all()).toHaveLength(1);
});
