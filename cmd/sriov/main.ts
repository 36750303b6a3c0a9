/** The CNI executable: environment, standard input and output, exit code; and the snapshot that it starts from. */
import { readFileSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { startupSnapshot } from 'node:v8';
import { CniError } from '../../schemas/fault.ts';
import { runPlugin } from '../../src/cni/plugin.ts';
import { SUPPORTED_VERSIONS } from '../../src/cni/versions.ts';
import { runChild } from '../../src/host/run-child.ts';
import { carryOut } from './command.ts';
import { warmUp } from './warm-up.ts';
import { type Machine, worldOf } from './world.ts';

declare const PRODUCT_VERSION: string;

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;

const NODE: Machine = { sys: '/sys', stateDir: '/var/lib/cni/sriov-attachments', runChild };

async function main(): Promise<void> {
  const { env } = process;
  if (!env['CNI_COMMAND']) {
    writeAll(STDERR, about());
    return;
  }
  const output = await runPlugin({ env, readStdin }, (request, mustExpress) =>
    carryOut(request, worldOf(NODE, request, { env, mustExpress })),
  );
  writeAll(STDOUT, output.stdout);
  process.exitCode = output.exitCode;
}

/** What the reference plugins say when a person starts them. */
function about(): string {
  return `SR-IOV CNI plugin ${PRODUCT_VERSION}: moves a virtual function into a pod. Started by container runtimes; see README.md.
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
