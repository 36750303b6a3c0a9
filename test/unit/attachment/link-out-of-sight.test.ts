/** Links are asked for by name. While udev changes it, one that is at home is not to be seen. */
import { expect, test } from 'vitest';
import { del } from '../../../src/attachment/del.ts';
import type { World } from '../../../src/attachment/ports.ts';
import { traceOf } from '../../fakes/fake-world.ts';
import { delRequest } from '../../fakes/requests.ts';
import { attachedIn, CASES, outcomeOf, SITUATIONS, untouched } from './lives.ts';

const WITH_LINK = SITUATIONS.filter((one) => one.case !== 'a VF for userspace');

/** Counts the looks, and hides the link from some. */
function hiding(world: World, isHidden: (look: number) => boolean) {
  const counted = { looks: 0, world };
  const observe: World['host']['observe'] = async (vf, asks) => {
    const { home, ...rest } = await world.host.observe(vf, asks);
    const hides = isHidden(counted.looks++);
    return { ...(home && !hides && { home }), ...rest };
  };
  counted.world = { ...world, host: { ...world.host, observe } };
  return counted;
}

test.for(WITH_LINK)(
  'DEL restores all, whichever look misses the link: $case ($machine)',
  async (situation) => {
    const request = delRequest(CASES[situation.case].call);
    const whole = await attachedIn(situation);
    const counted = hiding(whole.world, () => false);
    await del(request, counted.world);
    expect(counted.looks).toBeGreaterThan(1);
    for (let missed = 0; missed < counted.looks; missed++) {
      const node = await attachedIn(situation);
      await del(request, hiding(node.world, (look) => look === missed).world);
      expect(traceOf(node), `look ${missed}`).toEqual(untouched(situation));
    }
  },
);

test.for(WITH_LINK)(
  'DEL does not say that it is done if the link stays out of sight: $case ($machine)',
  async (situation) => {
    const request = delRequest(CASES[situation.case].call);
    for (let from = 0; from < 6; from++) {
      const node = await attachedIn(situation);
      const blind = hiding(node.world, (look) => look >= from);
      const outcome = await outcomeOf(del(request, blind.world));
      if (outcome === 'done') expect(traceOf(node), `from ${from}`).toEqual(untouched(situation));
      else expect([outcome, node.records.all().length]).toEqual(['undo-incomplete', 1]);
    }
  },
);
