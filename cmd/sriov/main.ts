/** The CNI executable: environment, standard input and output, exit code; and the snapshot that it starts from. */
import { basename } from 'node:path';
import { startupSnapshot } from 'node:v8';
import { POLICY_FILE } from '../../schemas/policy.ts';
import { converse } from '../../src/host/conversation.ts';
import { runChild } from '../../src/host/run-child.ts';
import { about } from './about.ts';
import { answerRuntime } from './runtime.ts';
import { complain, STDERR, STDIN, STDOUT, writeAll } from './streams.ts';
import { loadTool } from './tool-asset.ts';
import { NO_TRACE } from './trace.ts';
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
  if (process.env['CNI_COMMAND']) return answerAndExit();
  const words = process.argv.slice(2);
  if (words.length > 0) process.exitCode = await loadTool()(words, NODE);
  else writeAll(STDERR, `${about()}\nFor a person: sriov --help\n`);
}

async function answerAndExit(): Promise<never> {
  hideStandardStreams();
  const started = { name: basename(process.argv0), env: process.env, stdin: STDIN, stdout: STDOUT };
  const { exitCode } = await answerRuntime(NODE, started);
  // Without it Node takes its heap apart, page by page, and then the kernel does it again: 1 ms.
  process.exit(exitCode);
}

/** Node makes a stream of each when it is first looked at, in 1 ms, and execa looks at them to compare them with descriptors. */
function hideStandardStreams(): void {
  for (const name of ['stdin', 'stdout', 'stderr'])
    Object.defineProperty(process, name, { value: undefined });
}

if (startupSnapshot.isBuildingSnapshot()) {
  void warmUp();
  startupSnapshot.setDeserializeMainFunction(() => void main());
} else {
  void main();
}
