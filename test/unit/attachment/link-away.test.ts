/** A PF is asked for all its VFs at once, 1 to 2 ms for each. */
import { expect, test } from 'vitest';
import { del } from '../../../src/attachment/del.ts';
import { isLinkAway } from '../../../src/attachment/observed.ts';
import type { World } from '../../../src/attachment/ports.ts';
import { traceOf } from '../../fakes/fake-world.ts';
import { delRequest } from '../../fakes/requests.ts';
import { attachedIn, CASES, SITUATIONS, untouched } from './lives.ts';

type Look = { readonly isAway: boolean; readonly asks: string };

function watching(world: World) {
  const looks: Look[] = [];
  const observe: World['host']['observe'] = (vf, asks) => {
    looks.push({ isAway: isLinkAway(vf), asks });
    return world.host.observe(vf, asks);
  };
  return { looks, world: { ...world, host: { ...world.host, observe } } };
}

test.for(SITUATIONS)(
  'DEL asks the PF of nothing while the link is away, and restores all: $case ($machine)',
  async (situation) => {
    const node = await attachedIn(situation);
    const { looks, world } = watching(node.world);
    await del(delRequest(CASES[situation.case].call), world);
    expect(traceOf(node)).toEqual(untouched(situation));
    expect(looks.filter(({ isAway, asks }) => isAway && asks === 'link and PF')).toEqual([]);
    expect(looks.some(({ isAway }) => isAway)).toBe(situation.case !== 'a VF for userspace');
  },
);
