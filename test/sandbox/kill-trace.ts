/** What a command does to files that outlast it, as strace(1) sees it, and its death at entering any of these calls. */
import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import type { Call, Machine } from './machine.ts';

/** A system call with an effect that lasts. `ordinal`: among all calls of that name. `path`: without what is random. */
export type Effect = { readonly name: string; readonly ordinal: number; readonly path: string };

const TRACE = '/run/trace';
const BY_PATH = ['openat', 'link', 'rename', 'unlink', 'unlinkat', 'rmdir', 'mkdir', 'chmod', 'utimensat'];
const BY_DESCRIPTOR = ['write', 'pwrite64', 'fsync', 'ftruncate', 'fchmod', 'close'];
const TRACED = [...BY_PATH, ...BY_DESCRIPTOR, 'clone', 'exit_group'];

/** Without -f: only the plugin itself, neither its children nor Node's other threads, which start by clone3. */
const strace = (...options: readonly string[]) => [
  ...['/usr/bin/strace', '-y', '-o', TRACE, '-e', `trace=${TRACED.join()}`],
  ...options,
];

/**
 * The records, the store, the device info, an IPAM plugin's standard input where it has a name (the kernel calls files
 * without one `/tmp/#NUMBER`), the log, and a function's reset file.
 */
const LASTING = /^\/(var\/lib\/cni|run\/k8s\.cni\.cncf\.io|run\/log|sys\/bus)\/|^\/tmp\/sriov-/;

/** Runs the command to its end. */
export async function effectsOf(machine: Machine, command: string, call: Call): Promise<readonly Effect[]> {
  const { code, stdout } = await machine.cni(command, { ...call, via: strace() });
  expect({ code, stdout: code === 0 ? '' : stdout }).toEqual({ code: 0, stdout: '' });
  return effectsIn(await readFile(machine.path(TRACE), 'utf8'));
}

export type Death = { readonly effects: readonly Effect[]; readonly index: number; readonly ordinal: number };

/**
 * The kernel skips a call at whose entry the caller is killed: this is the moment before this effect and, since nothing
 * between two effects lasts, the one after the effect before. False if another call was met, or none.
 */
export async function dieAt(
  machine: Machine,
  { command, call }: { readonly command: string; readonly call: Call },
  { effects, index, ordinal }: Death,
): Promise<boolean> {
  const inject = `inject=${effects[index]?.name}:signal=KILL:when=${ordinal}`;
  return dies(machine, { command, call, options: ['-e', inject] }, effects.slice(0, index + 1));
}

/**
 * libuv tells itself of ended children by write(2), and closes their pipes when they end: how many of these calls come before one differs
 * from run to run. It is met for sure only among those of its file.
 */
export async function dieAtCallOn(
  path: string,
  machine: Machine,
  {
    command,
    call,
    effects,
    index,
  }: Omit<Death, 'ordinal'> & { readonly command: string; readonly call: Call },
): Promise<boolean> {
  const ofPath = effects.slice(0, index + 1).filter((effect) => effect.path.split(' ').includes(path));
  const what = effects[index]?.name;
  const nth = ofPath.filter(({ name }) => name === what).length;
  const options = ['-P', path, '-e', `inject=${what}:signal=KILL:when=${nth}`];
  return dies(machine, { command, call, options }, ofPath);
}

type Run = { readonly command: string; readonly call: Call; readonly options: readonly string[] };

/** Whether the command dies at the last of these effects. */
async function dies(machine: Machine, run: Run, expected: readonly Effect[]): Promise<boolean> {
  await machine.cni(run.command, { ...run.call, via: strace(...run.options) });
  const trace = await readFile(machine.path(TRACE), 'utf8');
  const isMeant = effectsIn(trace).map(textOf).join() === expected.map(textOf).join();
  return isMeant && /= \?\n\+\+\+ killed by SIGKILL \+\+\+\n$/.test(trace);
}

/** In the names of drafts, and of directories for an IPAM plugin's standard input. */
const RANDOM = /(?<=@)\d+-\d+|(?<=\/tmp\/sriov-)\w+/g;

const textOf = ({ name, path }: Effect) => `${name} ${path}`.trim();

function effectsIn(trace: string): Effect[] {
  const counts = new Map<string, number>();
  return trace.split('\n').flatMap((line) => {
    const [, name = '', rest = ''] = /^(\w+)\((.*)/.exec(line) ?? [];
    const ordinal = (counts.get(name) ?? 0) + 1;
    counts.set(name, ordinal);
    const path = pathIn(name, rest);
    return path === undefined ? [] : [{ name, ordinal, path: path.replace(RANDOM, '*') }];
  });
}

/** Undefined if the call has no lasting effect. */
function pathIn(name: string, rest: string): string | undefined {
  // The end comes behind the answer.
  if (name === 'clone' || name === 'exit_group') return '';
  if (/ = -1 E\w+ /.test(rest)) return undefined;
  const paths = BY_DESCRIPTOR.includes(name)
    ? [/^\d+<([^>(]*)/.exec(rest)?.[1] ?? '']
    : [...rest.replace(/ = .*/, '').matchAll(/"([^"]*)"/g)].map(([, path = '']) => path);
  const isReading = name === 'openat' && !/O_(WRONLY|RDWR|CREAT)/.test(rest);
  const isUnlocking = name === 'close' && !paths[0]?.endsWith('lock');
  return isReading || isUnlocking || !paths.some((path) => LASTING.test(path)) ? undefined : paths.join(' ');
}
