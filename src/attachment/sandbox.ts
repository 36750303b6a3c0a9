import { CniError } from '../../schemas/fault.ts';
import type { Sandbox, World } from './ports.ts';

/** Opens the first path that is a living namespace, for the time of the action; undefined if none is. */
export async function withLivingSandbox<T>(
  { host }: World,
  paths: readonly (string | undefined)[],
  action: (sandbox: Sandbox | undefined) => Promise<T>,
): Promise<T> {
  const sandbox = firstLiving(host, paths);
  try {
    return await action(sandbox);
  } finally {
    if (sandbox) host.closeSandbox(sandbox);
  }
}

function firstLiving(host: World['host'], paths: readonly (string | undefined)[]): Sandbox | undefined {
  for (const path of new Set(paths)) {
    if (!path) continue;
    try {
      return host.openSandbox(path);
    } catch (cause) {
      if (!(cause instanceof CniError && cause.fault === 'netns')) throw cause;
    }
  }
  return undefined;
}
