import { CniError } from '../../schemas/fault.ts';
import { type Change, refusalText } from './change.ts';
import type { Sandbox, World } from './ports.ts';

/** Makes the changes in order. CniError `kernel-refused` at the first refusal. */
export async function mustMake(
  { host }: Pick<World, 'host'>,
  changes: readonly Change[],
  sandbox?: Sandbox,
): Promise<void> {
  const refusal = await host.make(changes, sandbox);
  if (refusal) throw new CniError('kernel-refused', refusalText(refusal));
}
