import type { ChangeOf } from '../attachment/change.ts';
import type { Sandbox } from '../attachment/ports.ts';
import { DESCRIPTORS } from './descriptors.ts';
import { pathOf, type RunChild } from './run-child.ts';
import type { Inherited } from './run-ip.ts';

/** The reason if the kernel refused it. */
export type WriteSysctl = (sandbox: Sandbox, change: ChangeOf<'set-sysctl'>) => string | undefined;

const TIMEOUT_MS = 5000;

/** /proc/sys/net shows the namespace of the process that looks: `tee` writes there without a shell. */
export function createWriteSysctl(run: RunChild, inherited: () => Inherited): WriteSysctl {
  return (sandbox, { path, value }) => {
    const { exitCode, stderr } = run({
      program: 'nsenter',
      args: [`--net=/proc/self/fd/${DESCRIPTORS.sandbox}`, '--', pathOf('tee'), `/proc/sys/net/${path}`],
      input: value,
      descriptors: [inherited().lock, sandbox.fd],
      timeoutMs: TIMEOUT_MS,
    });
    return exitCode === 0 || stderr.includes('No such file or directory') ? undefined : stderr.trim();
  };
}
