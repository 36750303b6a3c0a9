/** Runs another CNI plugin, as the section "Delegated plugins" of the CNI specification says. */
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { resolve } from 'node:path';
import * as z from 'zod/mini';
import type { Attachment } from '../../schemas/attachment.ts';
import { CniError, type Fault } from '../../schemas/fault.ts';
import { type Ended, lateness, type RunFile, runFile as startFile } from './run-child.ts';

type Meant = {
  readonly attachment: Attachment;
  readonly sandbox: string;
  readonly cniArgs?: string | undefined;
};

export type PluginCall = {
  /** The name of its file in one of CNI_PATH's directories. */
  readonly type: string;
  readonly command: 'ADD' | 'DEL' | 'CHECK' | 'GC' | 'STATUS';
  readonly stdin: string;
  /** The attachment that is meant, if it is not the one of our own command. */
  readonly of?: Meant | undefined;
};

export type Plugins = {
  /** The path of the plugin. Throws CniError `netconf` or `environment` if there is none. */
  find(type: string): string;
  /**
   * Returns what the plugin printed, decoded; undefined if it printed nothing. Throws as `find`; CniError `ipam-plugin-gone` if it
   * does not end, `ipam-plugin` if it fails, and the fault that it names itself if runtimes act on that.
   */
  run(call: PluginCall): Promise<unknown>;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** A DHCP server may take its time; kubelet gives the start of a pod 4 minutes, its end 2. */
const TIMEOUT_MS = 60_000;

type Surroundings = {
  /** That of our caller: plugins get all of it, too. */
  readonly env: Environment;
  /** The device's locks, which a plugin holds on to: if we are killed, a DEL must not overtake an ADD that goes on. */
  readonly locks?: () => readonly number[];
  readonly timeoutMs?: number;
  readonly runFile?: RunFile;
};

export function createPlugins({
  env,
  locks,
  timeoutMs = TIMEOUT_MS,
  runFile = startFile,
}: Surroundings): Plugins {
  const find = (type: string) => pathOf(type, env['CNI_PATH']);
  return {
    find,
    run: async (call) => {
      const path = find(call.type);
      const [stdin, stdout] = [unnamedFile(call.stdin), unnamedFile('')];
      try {
        const stdio = [stdin, stdout, STDERR, ...(locks?.() ?? [])];
        const ended = await runFile({ path, env: { ...env, ...variablesOf(call) }, stdio, timeoutMs });
        return answerOf(call, ended, readFileSync(`/proc/self/fd/${stdout}`, 'utf8').trim());
      } finally {
        closeSync(stdin);
        closeSync(stdout);
      }
    },
  };
}

function variablesOf({ command, of }: PluginCall): Environment {
  if (!of) return { CNI_COMMAND: command };
  const { containerId, ifName } = of.attachment;
  return {
    CNI_COMMAND: command,
    CNI_ARGS: of.cniArgs ?? '',
    CNI_CONTAINERID: containerId,
    CNI_IFNAME: ifName,
    CNI_NETNS: of.sandbox,
  };
}

const STDERR = 2;

/** Of a plugin in one of CNI_PATH's directories. */
export const isFileName = (type: string) => /^[^/\0]+$/.test(type) && type !== '.' && type !== '..';

function pathOf(type: string, cniPath: string | undefined): string {
  const plugin = `the plugin ${JSON.stringify(type)}`;
  if (!isFileName(type)) {
    throw new CniError('netconf', `ipam.type: Cannot run ${plugin}: expected the name of a file, no path`);
  }
  if (!cniPath) {
    throw new CniError(
      'environment',
      `Cannot find ${plugin}: CNI_PATH is missing, the runtime has to set it`,
    );
  }
  // A plugin may be a link to one executable for all that goes by its name, so that links stay.
  const paths = cniPath.split(':').flatMap((directory) => (directory ? `${directory}/${type}` : []));
  const found = paths.find((path) => fileAt(path)?.isFile());
  if (!found) {
    throw new CniError(
      'netconf',
      `ipam.type: Cannot find ${plugin} in CNI_PATH ${cniPath}: install it there`,
    );
  }
  mustBeAnother(found);
  return resolve(found);
}

function fileAt(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** We would start ourselves, without end. */
function mustBeAnother(path: string): void {
  const [other, own] = [statSync(path), statSync('/proc/self/exe')];
  if (other.ino !== own.ino || other.dev !== own.dev) return;
  throw new CniError(
    'netconf',
    `ipam.type: Cannot run ${path}: it is this plugin itself, name an IPAM plugin`,
  );
}

/** Not TMPDIR, which may be that of a container whose runtime starts us on the host. */
const TEMPORARY = '/tmp';

/** Node's pipes are sockets; shell scripts open /dev/stdin and /dev/stdout, which fails for a socket. */
function unnamedFile(text: string): number {
  try {
    const fd = openUnnamed(TEMPORARY);
    writeFileSync(`/proc/self/fd/${fd}`, text);
    return fd;
  } catch (cause) {
    const why = (cause as Error).message;
    throw new CniError('input-output', `Cannot write a file for the IPAM plugin in ${TEMPORARY}: ${why}`, {
      cause,
    });
  }
}

function answerOf({ type, command }: PluginCall, ended: Ended, stdout: string): unknown {
  const printed = decoded(stdout);
  if (ended.exitCode === 0 && printed !== 'no JSON') return printed.value;
  const { fault, reason } = failureOf(ended, printed, stdout);
  throw new CniError(fault, `The IPAM plugin "${type}" failed (${command}): ${reason}`);
}

/** open(2); Node has no name for it. */
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;

/** Without a name from the start, where the file system can do that: should we be killed, nothing is left of it. */
function openUnnamed(directory: string): number {
  try {
    return openSync(directory, O_TMPFILE | constants.O_RDWR, 0o600);
  } catch {
    const own = mkdtempSync(`${directory}/sriov-`);
    try {
      return openSync(`${own}/file`, 'w+', 0o600);
    } finally {
      rmSync(own, { recursive: true });
    }
  }
}

type Printed = { readonly value: unknown } | 'no JSON';

function decoded(stdout: string): Printed {
  try {
    return { value: stdout === '' ? undefined : JSON.parse(stdout) };
  } catch {
    return 'no JSON';
  }
}

/** Section "Error" of the CNI specification. */
const ErrorObject = z.object({ code: z.number(), msg: z.string(), details: z.optional(z.string()) });

/** Codes that runtimes act on. */
const FAULT_OF: Readonly<Record<number, Fault>> = { 11: 'busy', 50: 'unavailable', 51: 'limited' };

function failureOf(ended: Ended, printed: Printed, stdout: string): { fault: Fault; reason: string } {
  const error = printed === 'no JSON' ? undefined : z.safeParse(ErrorObject, printed.value).data;
  if (error) {
    const { code, msg, details } = error;
    return {
      fault: FAULT_OF[code] ?? 'ipam-plugin',
      reason: [`code ${code}`, msg, details].filter(Boolean).join(': '),
    };
  }
  const { exitCode, signal, startError } = ended;
  const late = lateness(ended);
  if (late) return { fault: 'ipam-plugin-gone', reason: `it ${late}. See what it waits for` };
  const how = startError ?? (signal ? `signal ${signal}` : `exit code ${exitCode}`);
  const what = stdout === '' ? 'it printed nothing' : `it printed ${JSON.stringify(stdout.slice(0, 200))}`;
  return { fault: 'ipam-plugin-gone', reason: startError ? how : `${how}, ${what}` };
}
