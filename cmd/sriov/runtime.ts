/** One command of a container runtime, from its standard input to its standard output. */
import { type Output, runPlugin } from '../../src/cni/plugin.ts';
import { sriovPlugin } from './command.ts';
import { hostLocalPlugin } from './host-local.ts';
import { readStdin, writeAll } from './streams.ts';
import { traceTo } from './trace.ts';
import type { Machine } from './world.ts';

export type Started = {
  /** By which the executable was started: by a link of the name host-local, it is that plugin. */
  readonly name: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Descriptors. */
  readonly stdin: number;
  readonly stdout: number;
};

export async function answerRuntime(plain: Machine, started: Started): Promise<Output> {
  const { name, env, stdin, stdout } = started;
  const trace = traceTo(env['SRIOV_TRACE']);
  const machine = { ...plain, trace };
  const read = () => trace.span({ row: 'command', name: 'read the request' }, () => readStdin(stdin));
  const input = { env, readStdin: read };
  const output =
    name === 'host-local'
      ? await runPlugin(input, hostLocalPlugin(machine, env))
      : await runPlugin(input, sriovPlugin(machine, env));
  writeAll(stdout, output.stdout);
  trace.write();
  return output;
}
