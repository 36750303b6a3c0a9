import { CniError } from '../../schemas/fault.ts';

/** What is refused for one keeps no other from its turn. Throws CniError with all that was refused. */
export async function inTurn(actions: readonly (() => Promise<void>)[]): Promise<void> {
  const refusals: string[] = [];
  for (const action of actions) {
    try {
      await action();
    } catch (cause) {
      if (!(cause instanceof CniError)) throw cause;
      refusals.push(cause.message);
    }
  }
  if (refusals.length > 0) throw new CniError('undo-incomplete', refusals.join('; '));
}
