/** How an attachment is, as far as anybody can tell who only looks. */
import { CniError } from '../../../schemas/fault.ts';
import type { AttachmentRecord } from '../../../schemas/record.ts';
import { isHolding } from '../../attachment/holders.ts';
import type { World } from '../../attachment/ports.ts';
import { withLivingSandbox } from '../../attachment/sandbox.ts';

/** `unknown`: nothing tells where its namespace is. */
export type State = 'living' | 'unfinished' | 'dead' | 'of an earlier boot' | 'unknown';

export type Life = {
  readonly state: State;
  /** Of all but the living, and of those that are taken for living in doubt. */
  readonly why?: string;
};

const EARLIER: Life = { state: 'of an earlier boot', why: 'the machine was booted since' };

const UNFINISHED: Life = {
  state: 'unfinished',
  why: 'its ADD has not ended, or died half-way',
};

/** Whether this process would see a namespace at the path, if there were one. */
export type IsInSight = (path: string) => boolean;

const outOfSight = (sandbox: string): Life => ({
  state: 'unknown',
  why: `nothing is seen of where its namespace ${sandbox} would be: is this a container? Run it on the node itself`,
});

const around = (sandbox: string): Life => ({
  state: 'unknown',
  why: `this command runs in its namespace ${sandbox}. Run it on the node itself`,
});

/** No holder outlives a boot; of this one, the namespace tells, and where the VF is. In doubt it lives. */
export async function lifeOf(record: AttachmentRecord, world: World, isInSight: IsInSight): Promise<Life> {
  const { bootId, sandbox, sandboxInode, origin, device } = record;
  const { host } = world;
  if (bootId !== host.bootId()) return EARLIER;
  if (sandbox === '') return { state: 'unknown', why: `${origin} left no path of its namespace` };
  return withLivingSandbox(world, [sandbox], async (living) => {
    if (!living && host.isOwn(sandbox, sandboxInode)) return around(sandbox);
    if (!living && !isInSight(sandbox)) return outOfSight(sandbox);
    if (!living) return { state: 'dead', why: `its namespace ${sandbox} is gone` };
    if (record.isUnfinished) return UNFINISHED;
    try {
      if (await isHolding(record, living, world)) return { state: 'living' };
      return { state: 'dead', why: `${device} is not in its namespace ${sandbox} any more` };
    } catch (cause) {
      if (!(cause instanceof CniError)) throw cause;
      return { state: 'living', why: `cannot look into its namespace: ${cause.message}` };
    }
  });
}

/** Whether it is proved that nobody uses it. */
export const isOver = ({ state }: Life) => state === 'dead' || state === 'of an earlier boot';
