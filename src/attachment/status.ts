import { CniError } from '../../schemas/fault.ts';
import type { World } from './ports.ts';

/** STATUS: would an ADD find what it needs on this node? */
export async function status({ readiness }: Pick<World, 'readiness'>): Promise<void> {
  const problems = readiness();
  if (problems.length > 0) throw new CniError('unavailable', problems.join('; '));
}
