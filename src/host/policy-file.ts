import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { NOTHING_ALLOWED, type Policy, parsePolicy } from '../../schemas/policy.ts';

/**
 * Without a file all is allowed. With one that cannot be believed nothing is: it might forbid what its administrator
 * takes for forbidden.
 */
export function readPolicy(path: string): Policy {
  const fd = open(path);
  if (typeof fd !== 'number') return fd;
  try {
    const found = fstatSync(fd);
    if (!found.isFile()) return unreadable('it is no file');
    const reason = distrust(path, found) ?? distrust(dirname(path), statSync(dirname(path)));
    return reason ? unreadable(reason) : parsePolicy(readFileSync(fd, 'utf8'));
  } catch (cause) {
    return unreadable((cause as Error).message);
  } finally {
    closeSync(fd);
  }
}

function unreadable(reason: string): Policy {
  return { ...NOTHING_ALLOWED, unreadable: `it cannot be believed, so that nothing is allowed: ${reason}` };
}

/** The descriptor, or what holds if there is none. A FIFO would keep us waiting. */
function open(path: string): number | Policy {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return {};
    return unreadable(code === 'ELOOP' ? 'it is a symbolic link. Put the file itself there' : message);
  }
}

const WRITABLE_BY_OTHERS = 0o022;

/** Why somebody else than root may have written it. */
function distrust(path: string, { uid, mode }: Stats): string | undefined {
  if (uid !== 0) return `${path} belongs to user ${uid}. Give it to root (chown root)`;
  if ((mode & WRITABLE_BY_OTHERS) === 0) return undefined;
  return `others than root may write to ${path}. Forbid it (chmod go-w)`;
}
