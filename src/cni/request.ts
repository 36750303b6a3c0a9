/** Environment and standard input -> one checked request. Nothing of the machine is read or changed here. */
import { decode, type Json, shown, valueAt } from '../../schemas/decode.ts';
import { type Command, type Environment, parseArguments, parseIdentity } from '../../schemas/environment.ts';
import { CniError } from '../../schemas/fault.ts';
import type { IpamConf, IpRanges } from '../../schemas/ipam-conf.ts';
import { DevicelessConf, delegateOf, parseNetConf } from '../../schemas/netconf.ts';
import { DelConf, NamedConf, rangesIn } from '../../schemas/partial-conf.ts';
import type { Delegate } from '../../schemas/record.ts';
import type {
  AddRequest,
  CheckRequest,
  DelRequest,
  GcRequest,
  StatusRequest,
} from '../../schemas/request.ts';
import { parsePrevResult } from '../../schemas/result.ts';
import { validAttachmentsIn } from '../../schemas/valid-attachments.ts';
import { together } from './together.ts';
import { isAtLeast, NEWEST_VERSION, parseVersion, type Version } from './versions.ts';

export type Request =
  | ({ readonly command: 'ADD' } & AddRequest)
  | ({ readonly command: 'CHECK' } & CheckRequest)
  | ({ readonly command: 'DEL' } & DelRequest)
  | ({ readonly command: 'GC' } & GcRequest)
  | ({ readonly command: 'STATUS' } & StatusRequest);

export function parseJson(stdin: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(stdin);
  } catch (cause) {
    throw new CniError('decode', `Standard input is not JSON: ${(cause as Error).message}`, { cause });
  }
  if (!isObject(value) || Array.isArray(value)) {
    throw new CniError('decode', 'Standard input is not a JSON object');
  }
  if (isTooDeep(value)) {
    throw new CniError('decode', `Standard input is nested more than ${MAX_DEPTH} levels deep`);
  }
  return value;
}

/** Far above what configurations have; far below what exhausts the stack of whoever walks through the value. */
export const MAX_DEPTH = 100;

export const isTooDeep = (value: Json) => isDeeper(value, MAX_DEPTH);

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** Level by level: JSON.parse() takes any depth, recursion does not. */
function isDeeper(value: Json, levels: number): boolean {
  let level = [value];
  for (let depth = 0; depth < levels && level.length > 0; depth++) {
    level = level.flatMap((one) => Object.values(one).filter(isObject));
  }
  return level.length > 0;
}

export function versionOf(conf: Json): Version {
  const stated = valueAt(conf, ['cniVersion']) ?? undefined;
  if (stated === undefined || typeof stated === 'string') return parseVersion(stated);
  throw new CniError('decode', `cniVersion: expected a text, got ${shown(stated)}`);
}

/** The version in which a command came to be. */
const SINCE: Record<Exclude<Command, 'VERSION'>, Version> = {
  ADD: '0.1.0',
  DEL: '0.1.0',
  CHECK: '0.4.0',
  GC: '1.1.0',
  STATUS: '1.1.0',
};

export type Call = {
  readonly command: Request['command'];
  readonly version: Version;
  readonly env: Environment;
  /** Standard input. */
  readonly json: Json;
};

/** Throws CniError `netconf` with what is wrong with address ranges: the address store knows. */
export type CheckRanges = (ipam: IpamConf, ipRanges: IpRanges | undefined) => void;

/** Looks at the ranges even where other keys are wrong; what is wrong with their shape is told with those. */
export function mustHaveSoundRanges(json: Json, checkRanges: CheckRanges): void {
  const given = rangesIn(json);
  if (given) checkRanges(given.ipam, given.ipRanges);
}

function delegateFor({ env, json }: Call): Delegate | undefined {
  const delegate = delegateOf(json);
  return delegate && { ...delegate, cniArgs: env['CNI_ARGS'] };
}

function addRequest(call: Call, checkRanges: CheckRanges): AddRequest {
  const { env, json } = call;
  const [identity, conf, cniArgs, prevResult] = together(
    () => parseIdentity(env),
    () => parseNetConf(json),
    () => parseArguments(env),
    () => parsePrevResult(json),
    () => mustHaveSoundRanges(json, checkRanges),
  );
  return {
    attachment: { network: conf.name, ...identity },
    sandbox: env['CNI_NETNS'] ?? '',
    conf,
    cniArgs,
    delegate: delegateFor(call),
    prevResult,
  };
}

export function delRequest(call: Call): DelRequest {
  const { env, json } = call;
  const conf = decode(DelConf, json, 'netconf');
  return {
    attachment: { network: conf.name, ...parseIdentity(env) },
    sandbox: env['CNI_NETNS'],
    conf,
    delegate: delegateFor(call),
  };
}

export function gcRequest(call: Call): GcRequest {
  const { json } = call;
  const conf = decode(NamedConf, json, 'netconf');
  return { network: conf.name, conf, delegate: delegateFor(call), valid: validAttachmentsIn(json) };
}

function statusRequest(call: Call, checkRanges: CheckRanges): StatusRequest {
  const { json } = call;
  const [conf] = together(
    () => parseNetConf(json, DevicelessConf),
    () => mustHaveSoundRanges(json, checkRanges),
  );
  return { network: conf.name, conf, delegate: delegateFor(call), ipam: conf.ipam };
}

/** Throws CniError `incompatible-version` if the version does not have the command. */
export function mustExist({ command, version }: Call): void {
  if (isAtLeast(version, SINCE[command])) return;
  throw new CniError(
    'incompatible-version',
    `${command} exists from version ${SINCE[command]} on, not in ${version}`,
  );
}

/** The request of this command, in a version that has it. */
export function requestOf(call: Call, checkRanges: CheckRanges): Request {
  mustExist(call);
  return parsers[call.command](call, checkRanges);
}

/** Standard input as the command can use it: DEL has to work with a configuration that was broken since ADD. */
export function jsonFor(command: Request['command'], readStdin: () => string): Json {
  try {
    return parseJson(readStdin());
  } catch (cause) {
    if (command === 'DEL') return {};
    throw cause;
  }
}

/** The version of the answer, likewise. */
export function versionFor(command: Request['command'], json: Json): Version {
  try {
    return versionOf(json);
  } catch (cause) {
    if (command === 'DEL') return NEWEST_VERSION;
    throw cause;
  }
}

const parsers: { [C in Request['command']]: (call: Call, checkRanges: CheckRanges) => Request } = {
  ADD: (...given) => ({ command: 'ADD', ...addRequest(...given) }),
  CHECK: (...given) => ({ command: 'CHECK', ...addRequest(...given) }),
  DEL: (call) => ({ command: 'DEL', ...delRequest(call) }),
  GC: (call) => ({ command: 'GC', ...gcRequest(call) }),
  STATUS: (...given) => ({ command: 'STATUS', ...statusRequest(...given) }),
};
