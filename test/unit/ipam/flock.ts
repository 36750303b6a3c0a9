import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { WithLock } from '../../../ipam/disk-reservations.ts';

/** The lock between processes, as upstream host-local takes it: flock(1) on our descriptor. */
export const withFlock: WithLock = async (path, action) => {
  const fd = openSync(path, 'a', 0o600);
  try {
    const { status } = spawnSync('flock', ['-x', '3'], { stdio: ['ignore', 'ignore', 'inherit', fd] });
    if (status !== 0) throw new Error('flock failed');
    return await action();
  } finally {
    closeSync(fd);
  }
};
