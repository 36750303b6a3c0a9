import { closeSync, constants, fstatSync, openSync, statfsSync, statSync } from 'node:fs';
import { CniError } from '../../schemas/fault.ts';
import type { Sandbox } from '../attachment/ports.ts';

/** NSFS_MAGIC (linux/magic.h): the file system of namespaces. */
const NSFS = 0x6e736673;

/** Opens the namespace at the path. The plugin's own is refused: a recycled /proc/PID leads there. */
export function openSandbox(path: string, mayBeOwn: boolean): Sandbox {
  const fd = open(path);
  try {
    if (statfsSync(`/proc/self/fd/${fd}`).type !== NSFS) {
      throw new CniError('netns', `${path} is not a network namespace`);
    }
    if (!mayBeOwn && isOwn(fd)) {
      throw new CniError(
        'netns',
        `${path} is the network namespace of the plugin itself, not that of a container`,
      );
    }
    return { path, fd, inode: fstatSync(fd).ino };
  } catch (cause) {
    closeSync(fd);
    throw cause;
  }
}

/** They say nothing of the namespace, and must not make it look dead. */
const OF_OURS = ['EMFILE', 'ENFILE', 'ENOMEM', 'EIO', 'EINTR'];

function open(path: string): number {
  try {
    // Without O_NONBLOCK the open of a FIFO would wait for ever.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const fault = OF_OURS.includes(code ?? '') ? 'input-output' : 'netns';
    throw new CniError(fault, `Cannot open the network namespace ${path}: ${message}`, { cause });
  }
}

function isOwn(fd: number): boolean {
  const own = statSync('/proc/self/ns/net');
  const given = statSync(`/proc/self/fd/${fd}`);
  return own.ino === given.ino && own.dev === given.dev;
}
