/** The command-line tool as a process: what it reads, where it writes. The entry of the second bundle. */
import { isatty } from 'node:tty';
import type { Json } from '../../schemas/decode.ts';
import type { Environment } from '../../schemas/environment.ts';
import type { AddRequest } from '../../schemas/request.ts';
import type { Log } from '../../src/attachment/ports.ts';
import { requestOf, versionOf } from '../../src/cni/request.ts';
import { expressed, NEWEST_VERSION } from '../../src/cni/versions.ts';
import { programsOf } from '../../src/host/conversation.ts';
import { readPolicy } from '../../src/host/policy-file.ts';
import { runChild, runFile } from '../../src/host/run-child.ts';
import { outletTo } from '../../src/tool/outlet.ts';
import { runTool } from '../../src/tool/program.ts';
import type { Terminal } from '../../src/tool/terminal.ts';
import { logTo } from '../../src/tool/terminal-log.ts';
import type { Tool } from '../../src/tool/tool.ts';
import { about } from './about.ts';
import { checkRanges } from './command.ts';
import { readToEnd, STDERR, STDOUT, writeAll } from './streams.ts';
import { type Machine, recordsOf, rehearsedAddresses, storeOf, worldOf } from './world.ts';

declare const PRODUCT_VERSION: string;

export type StartTool = (words: readonly string[], machine: Machine) => Promise<number>;

export const startTool: StartTool = (words, node) => {
  const { env } = process;
  // One that is kept ends with the lock or the sandbox that it works for; a person may look at what has neither.
  const machine = { ...node, programs: programsOf(runChild, { isKept: false }) };
  const terminal = terminalOf(env);
  const log = logTo(terminal);
  return runTool(words, {
    version: PRODUCT_VERSION,
    about: about(),
    terminal,
    env,
    executable: process.execPath,
    places: machine,
    runChild,
    runFile,
    uninterrupted: uninterruptedAt(terminal),
    readStdin: readToEnd,
    records: () => recordsOf(machine, log).every(),
    addRequest: addRequestOf,
    rehearsedAddresses: () => rehearsedAddresses(log),
    store: () => storeOf(machine, log),
    world: (to, given = {}) => worldFor(machine, to, given),
    mustExpress: (json) => (result) => void expressed(result, versionOf(json)),
    isEntryPoint: process.pid === 1,
    interruption,
  });
};

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const uninterruptedAt =
  ({ tell }: Terminal): Tool['uninterrupted'] =>
  async (words, action) => {
    const answer = () => tell(`${words}\n`);
    for (const signal of SIGNALS) process.on(signal, answer);
    try {
      return await action();
    } finally {
      for (const signal of SIGNALS) process.off(signal, answer);
    }
  };

const JSON_OF_STATUS = { cniVersion: NEWEST_VERSION, name: 'tool', type: 'sriov' };

function addRequestOf(json: Json, variables: Environment): AddRequest {
  const request = requestOf({ command: 'ADD', version: versionOf(json), env: variables, json }, checkRanges);
  if (request.command !== 'ADD') throw new TypeError('An ADD is asked for');
  return request;
}

function worldFor(machine: Machine, log: Log, env: Environment) {
  const policy = readPolicy(machine.policyFile);
  const call = { command: 'STATUS', version: NEWEST_VERSION, env: {}, json: JSON_OF_STATUS } as const;
  return worldOf(machine, requestOf(call, checkRanges), { env, log, policy, mustExpress: () => {} });
}

/** PID 1 of a container is not even ended by them where nobody handles them. A second one ends every other process. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}

const duringAt =
  (tell: Terminal['tell']): Terminal['during'] =>
  async (words, action) => {
    if (!isatty(STDERR)) return action();
    tell(words);
    // Also a terminal that knows no commands is back at the first column then, with nothing there.
    return action().finally(() => tell(`\r${' '.repeat(words.length)}\r`));
  };

function terminalOf({ NO_COLOR, TERM }: NodeJS.ProcessEnv): Terminal {
  const isTerminal = isatty(STDOUT);
  const answer = outletTo((text) => writeAll(STDOUT, text));
  const talk = outletTo((text) => writeAll(STDERR, text));
  return {
    print: answer.write,
    loss: answer.loss,
    tell: talk.write,
    during: duringAt(talk.write),
    width: isTerminal ? process.stdout.columns : undefined,
    hasColors: isTerminal && !NO_COLOR && TERM !== 'dumb',
  };
}
