/** The CNI executable: environment, standard input and output, exit code; and the snapshot that it starts from. */
import { readFileSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { isatty } from 'node:tty';
import { startupSnapshot } from 'node:v8';
import { CniError } from '../../schemas/fault.ts';
import { POLICY_FILE } from '../../schemas/policy.ts';
import { type Output, runPlugin } from '../../src/cni/plugin.ts';
import { SUPPORTED_VERSIONS } from '../../src/cni/versions.ts';
import { runChild } from '../../src/host/run-child.ts';
import { sriovPlugin } from './command.ts';
import { hostLocalPlugin } from './host-local.ts';
import { warmUp } from './warm-up.ts';
import type { Machine } from './world.ts';

declare const PRODUCT_VERSION: string;

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;

const NODE: Machine = {
  sys: '/sys',
  stateDir: '/var/lib/cni/sriov-attachments',
  sriovCniDir: '/var/lib/cni/sriov',
  policyFile: POLICY_FILE,
  runChild,
};

async function main(): Promise<void> {
  const isAsked = process.argv.includes('--version');
  if (!isAsked && !process.env['CNI_COMMAND']) {
    writeAll(STDERR, about());
    return;
  }
  const output = isAsked ? ({ stdout: about(), exitCode: 0 } as const) : await runAs(basename(process.argv0));
  writeAll(STDOUT, output.stdout);
  process.exitCode = output.exitCode;
}

/** Started by a link of the name host-local, the executable is that plugin. */
function runAs(name: string): Promise<Output> {
  const { env } = process;
  const input = { env, readStdin };
  return name === 'host-local'
    ? runPlugin(input, hostLocalPlugin(NODE, env))
    : runPlugin(input, sriovPlugin(NODE, env));
}

/** What the reference plugins say when a person starts them. */
function about(): string {
  return `SR-IOV CNI plugin ${PRODUCT_VERSION}, on Node ${process.version}: moves a virtual function into a pod. Started by container runtimes.
CNI protocol versions supported: ${SUPPORTED_VERSIONS.join(', ')}
`;
}

/** A terminal would wait for a person: VERSION may be asked without input. */
function readStdin(): string {
  try {
    return isatty(STDIN) ? '' : readFileSync(STDIN, 'utf8');
  } catch (cause) {
    throw new CniError('input-output', `Cannot read standard input: ${(cause as Error).message}`, { cause });
  }
}

/** A pipe may take less than all at once. */
function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
}

if (startupSnapshot.isBuildingSnapshot()) {
  void warmUp();
  startupSnapshot.setDeserializeMainFunction(() => void main());
} else {
  void main();
}
