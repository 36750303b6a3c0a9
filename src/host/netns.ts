import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { CniError } from '../../schemas/fault.ts';
import type { Sandbox } from '../attachment/ports.ts';

/** NSFS_MAGIC (linux/magic.h): the file system of namespaces. */
const NSFS = 0x6e736673;

/** Those that are open. */
export type Sandboxes = {
  readonly open: (path: string) => Sandbox;
  readonly close: (sandbox: Sandbox) => void;
  /** That which was opened last. */
  readonly last: () => Sandbox | undefined;
};

/** `endHolders` ends those who have inherited the descriptor, and would keep the sandbox from dying. */
export function createSandboxes(mayBeOwn: boolean, endHolders: (fd: number) => void): Sandboxes {
  const opened: Sandbox[] = [];
  return {
    open: (path) => {
      const sandbox = openSandbox(path, mayBeOwn);
      opened.push(sandbox);
      return sandbox;
    },
    close: (sandbox) => {
      opened.splice(opened.indexOf(sandbox), 1);
      endHolders(sandbox.fd);
      closeSync(sandbox.fd);
    },
    last: () => opened.at(-1),
  };
}

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

const OWN = '/proc/self/ns/net';

const isOwn = (fd: number) => isOwnAt(`/proc/self/fd/${fd}`, undefined);

/** False if the path leads nowhere, or the inode that is told is another: then the path has come to mean ours. */
export function isOwnAt(path: string, inode: number | undefined): boolean {
  const own = statSync(OWN);
  const given = unlessRefused(() => statSync(path));
  return given?.ino === own.ino && given.dev === own.dev && (inode ?? own.ino) === own.ino;
}

/** Where this process is, as far as it can tell. */
export type OwnNamespace = {
  readonly inode: number;
  /** Where it is mounted, as those of pods are. */
  readonly mount?: string;
};

/** Undefined if it certainly is that of the host, which Docker mounts, too. */
export function ownNamespaceUnlessHost(): OwnNamespace | undefined {
  const { ino } = statSync(OWN);
  if (isInitialPidNamespace() && inodeOf('/proc/1/ns/net') === ino) return undefined;
  const mount = [...mounted()].find(({ inode }) => inode === ino)?.path;
  return { inode: ino, ...(mount !== undefined && { mount }) };
}

/** PROC_PID_INIT_INO (linux/proc_ns.h). */
const INITIAL = 'pid:[4026531836]';

/** In another one, /proc lacks processes that live. */
export const isInitialPidNamespace = () => unlessRefused(() => readlinkSync('/proc/self/ns/pid')) === INITIAL;

/**
 * One path per namespace. Not found are those that only a descriptor holds, or a mount that we do not see; if nobody else
 * holds them, they die with the process that does.
 */
export function namespaces(): { path: string; inode: number }[] {
  const found = new Map<number, string>();
  for (const { inode, path } of [...mounted(), ...ofProcesses()]) {
    if (!found.has(inode)) found.set(inode, path);
  }
  found.delete(statSync(OWN).ino);
  return [...found].map(([inode, path]) => ({ inode, path }));
}

/** Wherever a runtime keeps them: `ID PARENT MAJOR:MINOR net:[INODE] PATH ... - nsfs nsfs rw`. */
function* mounted() {
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const [, inode, path = ''] = /^\S+ \S+ \S+ net:\[(\d+)\] (\S+) .* - nsfs /.exec(line) ?? [];
    const unescaped = path.replace(/\\([0-7]{3})/g, (_, code) =>
      String.fromCharCode(Number.parseInt(code, 8)),
    );
    if (inode) yield { inode: Number(inode), path: unescaped };
  }
}

function* ofProcesses() {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const path = `/proc/${pid}/ns/net`;
    const inode = inodeOf(path);
    if (inode) yield { inode, path };
  }
}

/** Undefined for a process that has just ended. */
function inodeOf(path: string): number | undefined {
  const target = unlessRefused(() => readlinkSync(path));
  return target === undefined ? undefined : Number(/^net:\[(\d+)\]$/.exec(target)?.[1]);
}

function unlessRefused<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
