import { describe, expect, test } from 'vitest';
import { add } from '../../../src/attachment/add.ts';
import { del } from '../../../src/attachment/del.ts';
import { gc } from '../../../src/attachment/gc.ts';
import { kill } from '../../../src/model/accidents.ts';
import { FIRST_VF, POD_A, sandboxAt, vfAt } from '../../../src/model/machine.ts';
import type { Blow } from '../../../src/model/steps.ts';
import { type Node, traceOf } from '../../fakes/fake-world.ts';
import { addRequest, delRequest, gcRequest } from '../../fakes/requests.ts';
import { CASES, NEW_MAC, nodeIn, outcomeOf, SITUATIONS, type Situation, untouched } from './lives.ts';

const doAdd = ({ world }: Node, situation: Situation) =>
  outcomeOf(add(addRequest(CASES[situation.case].call), world));
const doDel = ({ world }: Node, situation: Situation) =>
  outcomeOf(del(delRequest(CASES[situation.case].call), world));

async function stepsOfAdd(situation: Situation): Promise<readonly string[]> {
  const node = nodeIn(situation);
  expect(await doAdd(node, situation)).toBe('done');
  return [...node.machine.steps.taken()];
}

async function stepsOfDel(situation: Situation): Promise<readonly string[]> {
  const node = await attached(situation);
  expect(await doDel(node, situation)).toBe('done');
  return [...node.machine.steps.taken()];
}

async function attached(situation: Situation): Promise<Node> {
  const node = nodeIn(situation);
  expect(await doAdd(node, situation)).toBe('done');
  node.machine.steps.newProcess();
  return node;
}

/** The node after an ADD that met the blow at its step. */
async function addWith(situation: Situation, at: number, is: Blow) {
  const node = nodeIn(situation);
  node.machine.steps.newProcess({ at, is });
  const outcome = await doAdd(node, situation);
  node.machine.steps.newProcess();
  return { node, outcome };
}

async function delWith(situation: Situation, at: number, is: Blow) {
  const node = await attached(situation);
  node.machine.steps.newProcess({ at, is });
  const outcome = await doDel(node, situation);
  node.machine.steps.newProcess();
  return { node, outcome };
}

/** For every step and every such blow; the messages name the step. */
async function atEach(
  steps: readonly string[],
  blows: readonly Blow[],
  look: (at: number, blow: Blow, message: string) => Promise<void>,
): Promise<void> {
  for (const blow of blows) {
    for (const [index, step] of steps.entries()) await look(index + 1, blow, `${blow} at "${step}"`);
  }
}

const REFUSED: readonly Blow[] = ['refused', 'refused late'];
const KILLED: readonly Blow[] = ['killed'];

/** A VF for userspace goes nowhere: that its PF has the MAC has to do. */
function isAttached({ machine }: Node): boolean {
  const { driver, shownMac } = vfAt(machine);
  if (driver === 'vfio-pci') return shownMac === NEW_MAC;
  return sandboxAt(machine).links.some(
    ({ name, parentDevice }) => name === 'net1' && parentDevice === FIRST_VF,
  );
}

describe.each(SITUATIONS)('$case, driver $machine', (situation) => {
  const before = untouched(situation);

  test('DEL after ADD leaves nothing behind (PAIN-12)', async () => {
    const node = await attached(situation);
    expect(isAttached(node)).toBe(true);
    expect(await doDel(node, situation)).toBe('done');
    expect(traceOf(node)).toEqual(before);
  });

  test('ADD leaves nothing behind, whichever step is refused', async () => {
    await atEach(await stepsOfAdd(situation), REFUSED, async (at, blow, message) => {
      const { node, outcome } = await addWith(situation, at, blow);
      if (outcome === 'done') {
        // Of a MAC there is more than one way, and announcing is not worth a failure.
        expect(message).toMatch(/MAC|up|down|_notify/);
        expect(await doDel(node, situation), message).toBe('done');
      }
      expect(traceOf(node), message).toEqual(before);
    });
  });

  test('DEL leaves nothing behind, at whichever step ADD was killed', async () => {
    await atEach(await stepsOfAdd(situation), KILLED, async (at, blow, message) => {
      const { node, outcome } = await addWith(situation, at, blow);
      expect(outcome, message).toBe('killed');
      expect(await doDel(node, situation), message).toBe('done');
      expect(traceOf(node), message).toEqual(before);
    });
  });

  test('ADD attaches again, at whichever step the one before was killed', async () => {
    const steps = await stepsOfAdd(situation);
    await atEach(steps, KILLED, async (at, blow, message) => {
      const { node } = await addWith(situation, at, blow);
      // Once the record says that ADD is done, only the answer is missing, and nobody can know that it is.
      const isComplete = at === steps.length;
      expect(await doAdd(node, situation), message).toBe(isComplete ? 'device-in-use' : 'done');
      expect(isAttached(node), message).toBe(true);
      expect(await doDel(node, situation), message).toBe('done');
      expect(traceOf(node), message).toEqual(before);
    });
  });

  test('GC ends what a killed ADD left, when the sandbox died, too', async () => {
    const accident = ({ machine }: Node) => kill(machine, POD_A, { afterMs: 700, udevAfterMs: 30 });
    const expected = untouched(situation, accident);
    await atEach(await stepsOfAdd(situation), KILLED, async (at, blow, message) => {
      const { node } = await addWith(situation, at, blow);
      accident(node);
      expect(await outcomeOf(gc(gcRequest([]), node.world)), message).toBe('done');
      expect(traceOf(node), message).toEqual(expected);
    });
  });

  test('DEL finishes what a killed DEL began', async () => {
    await atEach(await stepsOfDel(situation), KILLED, async (at, blow, message) => {
      const { node } = await delWith(situation, at, blow);
      expect(await doDel(node, situation), message).toBe('done');
      expect(traceOf(node), message).toEqual(before);
    });
  });

  test('DEL that is refused a step keeps record and addresses, or gets over it; the next one finishes', async () => {
    await atEach(await stepsOfDel(situation), REFUSED, async (at, blow, message) => {
      const { node, outcome } = await delWith(situation, at, blow);
      const isKept =
        outcome !== 'done' && !(blow === 'refused late' && message.includes('remove the record'));
      if (isKept) expect(node.records.all(), message).toHaveLength(1);
      expect(await doDel(node, situation), message).toBe('done');
      expect(traceOf(node), message).toEqual(before);
    });
  });
});

const TWICE: readonly Situation[] = [
  { machine: 'reset', case: 'every setting' },
  { machine: 'deaf', case: 'every setting' },
  { machine: 'pinned', case: 'every setting' },
  { machine: 'both', case: 'a VF for userspace' },
  { machine: 'reset', case: 'another IPAM plugin' },
];

test.each(TWICE)(
  'DEL leaves nothing behind when ADD and the DEL before were killed, at whichever steps: $case, driver $machine',
  async (situation) => {
    const before = untouched(situation);
    const steps = await stepsOfAdd(situation);
    await atEach(steps, KILLED, async (at, blow, message) => {
      const { node: whole } = await addWith(situation, at, blow);
      expect(await doDel(whole, situation), message).toBe('done');
      const restoring = [...whole.machine.steps.taken()];
      await atEach(restoring, KILLED, async (again, killed, then) => {
        const { node } = await addWith(situation, at, blow);
        node.machine.steps.newProcess({ at: again, is: killed });
        expect(await doDel(node, situation), `${message}, ${then}`).toBe('killed');
        node.machine.steps.newProcess();
        expect(await doDel(node, situation), `${message}, ${then}`).toBe('done');
        expect(traceOf(node), `${message}, ${then}`).toEqual(before);
      });
    });
  },
);
