/** One call of the plugin as a runtime makes it, for a person. */
import { basename } from 'node:path';
import { type Json, valueAt } from '../../../schemas/decode.ts';
import { CniError } from '../../../schemas/fault.ts';
import { mustNameVf, readNetconf } from '../netconf-file.ts';
import type { Tool } from '../tool.ts';
import { type Kept, keptResults } from './kept-results.ts';

export const COMMAND_NAMES = ['ADD', 'CHECK', 'DEL'] as const;
export type CommandName = (typeof COMMAND_NAMES)[number];

export type Options = {
  readonly file: string;
  readonly netns: string;
  readonly ifname: string;
  readonly device?: string;
  readonly containerId?: string;
  readonly args?: string;
  readonly cniPath: string;
};

export type Outcome = { readonly code: number; readonly stdout: string; readonly ms: number };

/** Above the time that the plugin gives itself. */
const TIMEOUT_MS = 130_000;
const STDERR = 2;

export async function perform(name: CommandName, options: Options, tool: Tool): Promise<Outcome> {
  const { executable, runFile, uninterrupted } = tool;
  const conf = readNetconf(options, tool);
  if (name !== 'DEL') mustNameVf(conf);
  const env = environmentOf(name, options);
  const results = keptResults([conf['name'], env['CNI_CONTAINERID'], options.ifname]);
  const sent = withResult(conf, name, results);
  if (name === 'CHECK' && !valueAt(sent, ['prevResult'])) throw nothingToCheck(options);
  const began = performance.now();
  const ended = await uninterrupted(`${name} goes on until it is done`, () =>
    runFile({
      path: executable,
      env,
      input: JSON.stringify(sent),
      stdio: ['pipe', 'pipe', STDERR],
      timeoutMs: TIMEOUT_MS,
      isDetached: true,
    }),
  );
  const { exitCode: code, stdout, startError } = ended;
  const ms = performance.now() - began;
  if (code === undefined)
    throw new CniError(
      'unavailable',
      `${name} did not end by itself: ${startError ?? `it was killed after ${Math.round(ms)} ms`}`,
    );
  if (code === 0 && name === 'ADD') results.keep(stdout);
  if (code === 0 && name === 'DEL') results.drop();
  return { code, stdout, ms };
}

const nothingToCheck = ({ netns, ifname }: Options) =>
  new CniError('unavailable', `No result of an ADD is kept for ${ifname} in ${netns}: run ADD first`);

function withResult(conf: Json, name: CommandName, { result }: Kept): Json {
  const prevResult = name === 'ADD' ? undefined : result();
  return prevResult === undefined ? conf : { ...conf, prevResult };
}

function environmentOf(name: CommandName, options: Options): Record<string, string> {
  const { netns, ifname, args, cniPath } = options;
  const isPath = netns.includes('/');
  return {
    CNI_COMMAND: name,
    CNI_CONTAINERID: options.containerId ?? `run-${basename(netns)}`,
    CNI_NETNS: isPath ? netns : `/run/netns/${netns}`,
    CNI_IFNAME: ifname,
    CNI_PATH: cniPath,
    ...(args && { CNI_ARGS: args }),
  };
}
