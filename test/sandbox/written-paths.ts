/** Every path by which a command and its children tried to change a file, as strace(1) sees it. */
import { readFile, rm } from 'node:fs/promises';
import { type Ended, EXECUTABLE, type Machine } from './machine.ts';

const TRACE = '/run/trace';
const CHANGING = [
  'open,openat,creat,truncate,mkdir,mkdirat,rmdir,unlink,unlinkat,rename,renameat,renameat2,link,linkat,symlink,symlinkat',
  'mknod,mknodat,chmod,fchmodat,chown,lchown,fchownat,setxattr,utimensat,mount,umount2,chroot,bind',
].join();

type Traced = Ended & { readonly written: readonly string[] };
type Sent = { readonly stdin: string; readonly env: Readonly<Record<string, string | undefined>> };

/** `plugin` may be the path of a link to the executable. */
export async function traced(machine: Machine, { stdin, env }: Sent, plugin = EXECUTABLE): Promise<Traced> {
  await rm(machine.path(TRACE), { force: true });
  const strace = [
    '/usr/bin/strace',
    '-f',
    '-xx',
    '-y',
    '--seccomp-bpf',
    '-o',
    TRACE,
    '-e',
    `trace=${CHANGING}`,
    '--',
  ];
  const ended = await machine.run([...strace, plugin], { input: stdin, env });
  const trace = await readFile(machine.path(TRACE), 'utf8');
  return { ...ended, written: [...new Set(callsIn(trace).flatMap(pathsIn))] };
}

/** A line each, also of those during which another process called: strace tells of them in two. */
function callsIn(trace: string): string[] {
  const begun = new Map<string, string>();
  return trace.split('\n').flatMap((line) => {
    const [, pid = '', beginning] = /^(\d+) +(.*) <unfinished \.\.\.>$/.exec(line) ?? [];
    if (beginning !== undefined) {
      begun.set(pid, `${pid} ${beginning}`);
      return [];
    }
    const [, of = '', rest] = /^(\d+) +<\.\.\. \w+ resumed>(.*)$/.exec(line) ?? [];
    return [rest === undefined ? line : `${begun.get(of) ?? of}${rest}`];
  });
}

/** Of a descriptor that is opened anew, the file. With -xx every text is `"\x2f\x72..."`: nothing in a path can look like strace's own words. */
function pathsIn(line: string): string[] {
  const isReading = / open(at)?\(/.test(line) && !/O_(WRONLY|RDWR|CREAT|TRUNC)/.test(line);
  if (isReading) return [];
  const texts = [...line.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)];
  const paths = texts.map(([, hex = '']) => textOf(hex));
  const opened = / = \d+<([^>]*)>$/.exec(line)?.[1];
  return paths.map((path) => (opened && /^\/proc\/self\/fd\/\d+$/.test(path) ? textOf(opened) : path));
}

const textOf = (hex: string) => Buffer.from(hex.replaceAll('\\x', ''), 'hex').toString();
