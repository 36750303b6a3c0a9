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
    if (!found.isFile()) return distrusted([noFile(path)]);
    const doubts = [...doubtsOf(path, found), ...doubtsOf(dirname(path), statSync(dirname(path)))];
    return doubts.length > 0 ? distrusted(doubts) : parsePolicy(readFileSync(fd, 'utf8'));
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
    return code === 'ELOOP' ? distrusted([symbolicLink(path)]) : unreadable(message);
  }
}

type Doubt = { readonly sentence: string; readonly cure: string };

const noFile = (path: string): Doubt => ({
  sentence: 'it is no file. Take it away',
  cure: `mv ${path} ${path}.before`,
});

const symbolicLink = (path: string): Doubt => ({
  sentence: 'it is a symbolic link. Put the file itself there',
  cure: `cp --remove-destination "$(readlink -f ${path})" ${path}`,
});

const distrusted = (doubts: readonly Doubt[]): Policy => ({
  ...unreadable(doubts.map(({ sentence, cure }) => `${sentence} (${cure})`).join('; ')),
  cures: doubts.map(({ cure }) => cure),
});

const WRITABLE_BY_OTHERS = 0o022;

/** Why somebody else than root may have written it. */
function doubtsOf(path: string, { uid, mode }: Stats): Doubt[] {
  const foreign = { sentence: `${path} belongs to user ${uid}. Give it to root`, cure: `chown root ${path}` };
  const open = {
    sentence: `others than root may write to ${path}. Forbid it`,
    cure: `chmod go-w ${path}`,
  };
  return [...(uid === 0 ? [] : [foreign]), ...((mode & WRITABLE_BY_OTHERS) === 0 ? [] : [open])];
}
