/** The CNI_* variables: what each command requires, and CNI_ARGS. */
import * as z from 'zod/mini';
import { decode, shown } from './decode.ts';
import { CniError } from './fault.ts';
import { AddressText, ContainerId, IfName, listOf, Mac, PodWord } from './words.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export const COMMANDS = ['ADD', 'DEL', 'CHECK', 'GC', 'STATUS', 'VERSION'] as const;
export type Command = (typeof COMMANDS)[number];

const NEEDS: Record<Command, readonly string[]> = {
  ADD: ['CNI_CONTAINERID', 'CNI_NETNS', 'CNI_IFNAME'],
  CHECK: ['CNI_CONTAINERID', 'CNI_NETNS', 'CNI_IFNAME'],
  DEL: ['CNI_CONTAINERID', 'CNI_IFNAME'],
  GC: [],
  STATUS: [],
  VERSION: [],
};

/** The command of this call, once its required variables are there; all that are missing in one error. */
export function parseCommand(env: Environment): Command {
  const command = COMMANDS.find((known) => known === env['CNI_COMMAND']);
  if (!command) {
    throw new CniError(
      'environment',
      `Unknown CNI_COMMAND ${shown(env['CNI_COMMAND'] ?? '')}: expected one of ${COMMANDS.join(', ')}`,
    );
  }
  const missing = NEEDS[command].filter((name) => !env[name]);
  if (missing.length > 0) throw new CniError('environment', `${command} requires ${missing.join(', ')}`);
  return command;
}

/** The identity of an attachment that comes by the environment; everything wrong with it in one error. */
export function parseIdentity(env: Environment): { containerId: ContainerId; ifName: IfName } {
  const variables = { CNI_CONTAINERID: env['CNI_CONTAINERID'], CNI_IFNAME: env['CNI_IFNAME'] };
  const parsed = decode(Identity, variables, 'environment');
  return { containerId: parsed.CNI_CONTAINERID, ifName: parsed.CNI_IFNAME };
}

const Identity = z.object({ CNI_CONTAINERID: ContainerId, CNI_IFNAME: IfName });

/** CNI_NETNS_OVERRIDE lets the sandbox be the plugin's own namespace, as in the reference implementation. */
export function mayUseOwnNetns(env: Environment): boolean {
  return /^(1|true)$/i.test(env['CNI_NETNS_OVERRIDE'] ?? '');
}

/** CNI_ARGS as runtimes send them: keys twice (the last counts), empty pairs, values with "=", keys of others. */
export function parseCniArgs(env: Environment): ReadonlyMap<string, string> {
  const pairs = (env['CNI_ARGS'] ?? '').split(';').filter(Boolean);
  return new Map(
    pairs.map((pair) => {
      const [key = '', ...value] = pair.split('=');
      return [key, value.join('=')];
    }),
  );
}

/** `K8S_POD_NAMESPACE` and `K8S_POD_NAME` of CNI_ARGS. */
export const PodName = z.object({ namespace: PodWord, name: PodWord });
export type PodName = z.output<typeof PodName>;

export type CniArguments = {
  readonly mac?: Mac | undefined;
  /** Addresses, with or without prefix length. */
  readonly ips: readonly string[];
  readonly pod?: PodName | undefined;
};

/** `MAC` and `IP` in CNI_ARGS; Multus joins several addresses by commas, and sends empty ones. */
export function parseArguments(env: Environment): CniArguments {
  const { MAC, IP } = decode(Arguments, { CNI_ARGS: given(env) }, 'environment').CNI_ARGS;
  return { mac: MAC, ips: IP, pod: podIn(env) };
}

/** Whoever sends other texts under these keys is no Kubernetes, and that is no error. */
function podIn(env: Environment): PodName | undefined {
  const { K8S_POD_NAMESPACE: namespace, K8S_POD_NAME: name } = Object.fromEntries(parseCniArgs(env));
  return PodName.safeParse({ namespace, name }).data;
}

/** For an IPAM plugin, `MAC` is another's business. */
export function parseRequestedIps(env: Environment): readonly string[] {
  return decode(RequestedIps, { CNI_ARGS: given(env) }, 'environment').CNI_ARGS.IP;
}

function given(env: Environment) {
  const { MAC, IP = '' } = Object.fromEntries(parseCniArgs(env));
  return { MAC, IP: IP.split(',').filter(Boolean) };
}

const IP = listOf(AddressText, 'IP addresses');
const RequestedIps = z.object({ CNI_ARGS: z.object({ IP }) });
const Arguments = z.object({ CNI_ARGS: z.object({ MAC: z.optional(Mac), IP }) });
