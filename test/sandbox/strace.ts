/** The system calls of the plugin's main thread (which makes all that matter), listed or disturbed by strace(1). */
import { readFile } from 'node:fs/promises';
import type { Call, Machine } from './machine.ts';

/** What the plugin keeps in the tests that trace it: state, store, log and device information. */
const STATE = /["<](\/(?:var\/lib\/cni|run\/log|(?:var\/)?run\/k8s\.cni\.cncf\.io)\b[^">]*)/g;

/** All by which files are reached, written, made and removed. */
const CALLS = [
  'openat,read,write,pwrite64,close,fsync,ftruncate,getdents64',
  'link,rename,unlink,mkdir,chmod,fchmod,newfstatat,statx,access',
].join(',');

const TRACE = '/run/trace';

/** A call on something that the plugin keeps. */
export type SystemCall = {
  readonly name: string;
  /** Undefined if it has another name in each run. */
  readonly path: string | undefined;
  /** Which of the calls of this name on this path it is, from 1; without a path, of all calls of this name. */
  readonly nth: number;
  /** Paths and flags. */
  readonly text: string;
  readonly isInjected: boolean;
};

/** `by` is what strace calls an injection, such as `error=EIO`; with `+` it meets all further such calls, too. */
export type Disturbance = { readonly at: SystemCall; readonly by: string; readonly often: '' | '+' };

/**
 * The call, run under strace. Of one that is disturbed at a path only the calls on that are seen and counted: how many reads
 * and writes of pipes come before it differs from run to run.
 */
export function traced(call: Call, disturbance?: Disturbance): Call {
  const tracer = ['/usr/bin/strace', '-y', '-s', '0', '-o', TRACE, '-e', `trace=${CALLS}`];
  if (!disturbance) return { ...call, via: [...tracer, '--'] };
  const { at, by, often } = disturbance;
  const only = at.path === undefined ? [] : ['-P', at.path];
  const inject = `inject=${at.name}:${by}:when=${at.nth}${often}`;
  return { ...call, via: [...tracer, ...only, '-e', inject, '--'] };
}

/** What the last traced plugin of the machine called, in order. */
export async function systemCalls(machine: Machine): Promise<SystemCall[]> {
  const counts = new Map<string, number>();
  const next = (what: string) => {
    const nth = (counts.get(what) ?? 0) + 1;
    counts.set(what, nth);
    return nth;
  };
  const lines = (await readFile(machine.path(TRACE), 'utf8')).split('\n');
  return lines.flatMap((line) => {
    const [, name, rest = '', end = ''] = /^(\w+)\((.*?)\) += (.*)/.exec(line) ?? [];
    if (!name) return [];
    const nthOfAll = next(name);
    const paths = [...rest.matchAll(STATE)].map(([, path]) => path);
    if (paths.length === 0) return [];
    const flags = rest.match(/\bO_\w+/g) ?? [];
    // Of the two paths of rename(2) and link(2), strace looks at the first.
    const path = /@\d/.test(paths[0] ?? '') ? undefined : paths[0];
    const nth = path === undefined ? nthOfAll : next(`${name} ${path}`);
    return [
      {
        name,
        path,
        nth,
        text: [...paths, ...flags].join(' ').replace(/@\d+-\d+/g, '@N'),
        isInjected: end.endsWith('(INJECTED)'),
      },
    ];
  });
}
