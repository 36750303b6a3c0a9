import type { ChangeOf } from '../attachment/change.ts';
import type { Sandbox } from '../attachment/ports.ts';
import { DESCRIPTORS } from './descriptors.ts';
import { mustHaveEnded, pathOf, type RunChild } from './run-child.ts';
import type { Inherited } from './run-ip.ts';

/** The reason if the kernel refused it. */
export type WriteSysctl = (sandbox: Sandbox, change: ChangeOf<'set-sysctl'>) => Promise<string | undefined>;

const TIMEOUT_MS = 5000;

/** /proc/sys/net shows the namespace of the process that looks: `tee` writes there without a shell. */
export function createWriteSysctl(run: RunChild, inherited: () => Inherited): WriteSysctl {
  return async (sandbox, { paths, value }) => {
    const [lock, ...inner] = inherited().locks;
    const ended = await run({
      program: 'nsenter',
      args: [
        `--net=/proc/self/fd/${DESCRIPTORS.sandbox}`,
        '--',
        pathOf('tee'),
        ...paths.map((path) => `/proc/sys/net/${path}`),
      ],
      input: value,
      descriptors: [lock, sandbox.fd, ...inner],
      timeoutMs: TIMEOUT_MS,
    });
    mustHaveEnded(ended, 'tee');
    const { exitCode, signal, startError, stderr } = ended;
    if (exitCode === undefined) return startError ?? `tee was ended by ${signal}`;
    const isMissing = (line: string) => /^tee: .*No such file or directory$/.test(line);
    const refusals = stderr.split('\n').filter((line) => line && !isMissing(line));
    return exitCode === 0 || refusals.length === 0 ? undefined : refusals.join(' ');
  };
}
