/** Environment and standard input -> one checked request. Nothing of the machine is read or changed here. */
import { decode, valueAt } from '../../schemas/decode.ts';
import {
  type Command,
  type Environment,
  parseIdentity,
  parseMacArgument,
} from '../../schemas/environment.ts';
import { CniError } from '../../schemas/fault.ts';
import { DelConf, parseNetConf } from '../../schemas/netconf.ts';
import type { AddRequest, CheckRequest, DelRequest, GcRequest } from '../../schemas/request.ts';
import { Result } from '../../schemas/result.ts';
import { isAtLeast, NEWEST_VERSION, parseVersion, type Version } from './versions.ts';

export type Request =
  | ({ readonly command: 'ADD' } & AddRequest)
  | ({ readonly command: 'CHECK' } & CheckRequest)
  | ({ readonly command: 'DEL' } & DelRequest)
  | ({ readonly command: 'GC' } & GcRequest)
  | { readonly command: 'STATUS'; readonly conf: DelConf };

type Json = Readonly<Record<string, unknown>>;

export function parseJson(stdin: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(stdin);
  } catch (cause) {
    throw new CniError('decode', `Standard input is not JSON: ${(cause as Error).message}`, { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw new CniError('decode', 'Standard input is not a JSON object');
}

export function versionOf(conf: Json): Version {
  const stated = valueAt(conf, ['cniVersion']) ?? undefined;
  if (stated === undefined || typeof stated === 'string') return parseVersion(stated);
  throw new CniError('decode', `cniVersion: expected a text, got ${JSON.stringify(stated)}`);
}

/** The version in which a command came to be. */
const SINCE: Record<Exclude<Command, 'VERSION'>, Version> = {
  ADD: '0.1.0',
  DEL: '0.1.0',
  CHECK: '0.4.0',
  GC: '1.1.0',
  STATUS: '1.1.0',
};

function addRequest(env: Environment, json: Json): AddRequest {
  const identity = parseIdentity(env);
  const conf = parseNetConf(json);
  return {
    attachment: { network: conf.name, ...identity },
    sandbox: env['CNI_NETNS'] ?? '',
    conf,
    macArgument: parseMacArgument(env),
  };
}

function delRequest(env: Environment, json: Json): DelRequest {
  const conf = decode(DelConf, json, 'netconf');
  return {
    attachment: { network: conf.name, ...parseIdentity(env) },
    sandbox: env['CNI_NETNS'],
    conf,
  };
}

const VALID_KEYS = ['cni.dev/valid-attachments', 'cni.dev/attachments'];

/** libcni sends a zero-length list as null; an absent list carries no information. */
function validAttachments(json: Json): GcRequest['valid'] {
  const key = VALID_KEYS.find((known) => known in json);
  if (key === undefined) return undefined;
  const list = json[key] ?? [];
  const isPair = (item: unknown): item is { containerID: string; ifname: string } =>
    typeof item === 'object' &&
    item !== null &&
    typeof (item as Json)['containerID'] === 'string' &&
    typeof (item as Json)['ifname'] === 'string';
  if (Array.isArray(list) && list.every(isPair)) return list;
  throw new CniError(
    'netconf',
    `${key}: expected a list of {containerID, ifname}, got ${JSON.stringify(list)}`,
  );
}

/** The request of this command, in a version that has it. */
export function requestOf(
  { command, version }: { readonly command: Request['command']; readonly version: Version },
  env: Environment,
  json: Json,
): Request {
  if (!isAtLeast(version, SINCE[command])) {
    throw new CniError(
      'incompatible-version',
      `${command} exists from version ${SINCE[command]} on, not in ${version}`,
    );
  }
  return parsers[command](env, json);
}

/** The version of the answer. DEL has to work with a configuration that was broken since ADD. */
export function versionFor(command: Request['command'], json: Json): Version {
  try {
    return versionOf(json);
  } catch (cause) {
    if (command === 'DEL') return NEWEST_VERSION;
    throw cause;
  }
}

const parsers: { [C in Request['command']]: (env: Environment, json: Json) => Request } = {
  ADD: (env, json) => {
    if ((valueAt(json, ['prevResult']) ?? undefined) !== undefined) {
      throw new CniError('unsupported-field', 'Not supported yet: prevResult, for ADD behind another plugin');
    }
    return { command: 'ADD', ...addRequest(env, json) };
  },
  CHECK: (env, json) => {
    const given = valueAt(json, ['prevResult']) ?? undefined;
    const prevResult = given === undefined ? undefined : decode(Result, given, 'netconf');
    return { command: 'CHECK', ...addRequest(env, json), prevResult };
  },
  DEL: (env, json) => ({ command: 'DEL', ...delRequest(env, json) }),
  GC: (_env, json) => {
    const conf = decode(DelConf, json, 'netconf');
    return { command: 'GC', network: conf.name, conf, valid: validAttachments(json) };
  },
  STATUS: (_env, json) => ({ command: 'STATUS', conf: decode(DelConf, json, 'netconf') }),
};
