/** One call of the plugin as a runtime makes it, for a person. */
import { basename } from 'node:path';
import { type Json, valueAt } from '../../../schemas/decode.ts';
import { CniError } from '../../../schemas/fault.ts';
import { asPlugin } from '../as-plugin.ts';
import { netnsPath } from '../attachment-options.ts';
import { mustNameVf, readNetconf } from '../netconf-file.ts';
import { plain } from '../terminal.ts';
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

export type Outcome = {
  readonly code: number;
  readonly stdout: string;
  readonly ms: number;
  /** Keeps or drops the result for the calls to come, as a runtime does it. */
  readonly settle: () => void;
};

const STDERR = 2;

export async function perform(name: CommandName, options: Options, tool: Tool): Promise<Outcome> {
  const { runFile, uninterrupted } = tool;
  const conf = readNetconf(options, tool);
  if (name !== 'DEL') mustNameVf(conf);
  const env = environmentOf(name, options);
  const results = keptResults([conf['name'], env['CNI_CONTAINERID'], options.ifname]);
  const sent = withResult(conf, name, { results, tool });
  if (name === 'CHECK' && !valueAt(sent, ['prevResult'])) throw nothingToCheck(options);
  const began = performance.now();
  const ended = await uninterrupted(`${name} goes on until it is done`, () =>
    runFile({
      ...asPlugin(tool),
      env,
      input: JSON.stringify(sent),
      stdio: ['pipe', 'pipe', STDERR],
    }),
  );
  const { exitCode: code, stdout, startError } = ended;
  const ms = performance.now() - began;
  if (code === undefined)
    throw new CniError(
      'unavailable',
      `${name} did not end by itself: ${startError ?? `it was killed after ${Math.round(ms)} ms`}`,
    );
  const settle = code === 0 ? () => SETTLING[name](stdout, { results, tool }) : () => {};
  return { code, stdout, ms, settle };
}

type Keeping = { readonly results: Kept; readonly tool: Pick<Tool, 'terminal'> };

/** After a call that succeeded. */
const SETTLING: Readonly<Record<CommandName, (stdout: string, keeping: Keeping) => void>> = {
  ADD: (stdout, { results, tool }) =>
    warned(tool, `keep the result in ${results.path}`, () => results.keep(stdout)),
  CHECK: () => {},
  DEL: (_, { results, tool }) => warned(tool, `remove ${results.path}`, results.drop),
};

/** What becomes of a kept result neither stops the plugin nor makes what it did a failure. */
function warned<T>({ terminal }: Pick<Tool, 'terminal'>, doing: string, action: () => T): T | undefined {
  try {
    return action();
  } catch (cause) {
    terminal.tell(`warning: Cannot ${doing}: ${plain((cause as Error).message)}\n`);
    return undefined;
  }
}

const nothingToCheck = ({ netns, ifname }: Options) =>
  new CniError('unavailable', `No result of an ADD is kept for ${ifname} in ${netns}: run ADD first`);

function withResult(conf: Json, name: CommandName, { results, tool }: Keeping): Json {
  const read = () => warned(tool, `read the kept result ${results.path}`, results.result);
  const prevResult = name === 'ADD' ? undefined : read();
  return prevResult === undefined ? conf : { ...conf, prevResult };
}

function environmentOf(name: CommandName, options: Options): Record<string, string> {
  const { netns, ifname, args, cniPath } = options;
  return {
    CNI_COMMAND: name,
    CNI_CONTAINERID: options.containerId ?? `run-${basename(netns)}`,
    CNI_NETNS: netnsPath(netns),
    CNI_IFNAME: ifname,
    CNI_PATH: cniPath,
    ...(args && { CNI_ARGS: args }),
  };
}
