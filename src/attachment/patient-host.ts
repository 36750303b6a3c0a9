import type { Change, Refusal } from './change.ts';
import type { Host, World } from './ports.ts';
import { retry } from './retry.ts';

/** What a driver answers while it resets a VF (iavf, i40e, ice), and the kernel while it moves a link. */
const PASSING = ['EBUSY', 'EAGAIN'];
const PATIENCE = { why: 'the device is busy', upToMs: 2000 };

export const isPassing = ({ errno }: Refusal) => PASSING.includes(errno ?? '');

/** The host, which tries again what is refused only for the moment. */
export function patientHost(host: Host, world: Pick<World, 'log' | 'pause'>): Host {
  return {
    ...host,
    make: async (changes, sandbox) => {
      let left = changes;
      let refusal: Refusal | undefined;
      await retry(world, PATIENCE, async () => {
        refusal = await host.make(left, sandbox);
        if (!refusal || !isPassing(refusal)) return true;
        left = left.slice(left.indexOf(refusal.change));
        return false;
      });
      return refusal;
    },
    makeAll: async (changes, sandbox) => {
      const refused: Refusal[] = [];
      let left: readonly Change[] = changes;
      let passing: readonly Refusal[] = [];
      await retry(world, PATIENCE, async () => {
        const refusals = await host.makeAll(left, sandbox);
        refused.push(...refusals.filter((refusal) => !isPassing(refusal)));
        passing = refusals.filter(isPassing);
        left = passing.map(({ change }) => change);
        return left.length === 0;
      });
      return [...refused, ...passing];
    },
  };
}
