/** The CNI executable: environment, standard input and output, exit code; and the snapshot that it starts from. */
import { basename } from 'node:path';
import { startupSnapshot } from 'node:v8';
import { POLICY_FILE } from '../../schemas/policy.ts';
import { type Output, runPlugin } from '../../src/cni/plugin.ts';
import { converse } from '../../src/host/conversation.ts';
import { runChild } from '../../src/host/run-child.ts';
import { about } from './about.ts';
import { sriovPlugin } from './command.ts';
import { hostLocalPlugin } from './host-local.ts';
import { complain, readStdin, STDERR, STDOUT, writeAll } from './streams.ts';
import { loadTool } from './tool-asset.ts';
import { NO_TRACE, type Trace, traceTo } from './trace.ts';
import { warmUp } from './warm-up.ts';
import type { Machine } from './world.ts';

/** The runtime's may be any: then files would have other modes than the code says, or others could write to them. */
const UMASK = 0o022;

const NODE: Machine = {
  sys: '/sys',
  stateDir: '/var/lib/cni/sriov-attachments',
  sriovCniDir: '/var/lib/cni/sriov',
  policyFile: POLICY_FILE,
  programs: { run: runChild, converse },
  trace: NO_TRACE,
};

async function main(): Promise<void> {
  try {
    await answer();
  } catch (cause) {
    process.exitCode = 1;
    complain(`Cannot answer: ${(cause as Error).message}`);
  }
}

async function answer(): Promise<void> {
  process.umask(UMASK);
  if (process.env['CNI_COMMAND']) return answerRuntime();
  const words = process.argv.slice(2);
  if (words.length > 0) process.exitCode = await loadTool()(words, NODE);
  else writeAll(STDERR, `${about()}\nFor a person: sriov --help\n`);
}

async function answerRuntime(): Promise<void> {
  const trace = traceTo(process.env['SRIOV_TRACE']);
  const output = await runAs(basename(process.argv0), trace);
  writeAll(STDOUT, output.stdout);
  process.exitCode = output.exitCode;
  trace.write();
}

/** Started by a link of the name host-local, the executable is that plugin. */
function runAs(name: string, trace: Trace): Promise<Output> {
  const { env } = process;
  const machine = { ...NODE, trace };
  const input = { env, readStdin: () => trace.span({ row: 'command', name: 'read the request' }, readStdin) };
  return name === 'host-local'
    ? runPlugin(input, hostLocalPlugin(machine, env))
    : runPlugin(input, sriovPlugin(machine, env));
}

if (startupSnapshot.isBuildingSnapshot()) {
  void warmUp();
  startupSnapshot.setDeserializeMainFunction(() => void main());
} else {
  void main();
}
