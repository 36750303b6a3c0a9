/** One command in, one JSON document and an exit code out. Would serve any plugin. */
import type { Json } from '../../schemas/decode.ts';
import { type Environment, parseCommand } from '../../schemas/environment.ts';
import { CniError } from '../../schemas/fault.ts';
import type { Result } from '../../schemas/result.ts';
import { type Call, jsonFor, parseJson, versionFor, versionOf } from './request.ts';
import { expressed, NEWEST_VERSION, SUPPORTED_VERSIONS, type Version } from './versions.ts';

export type Input = { readonly env: Environment; readonly readStdin: () => string };
/** `stdout` is empty or one JSON document; `cause` is what went wrong, for the log. */
export type Output = { readonly stdout: string; readonly exitCode: 0 | 1; readonly cause?: unknown };

type MustExpress = (result: Result) => void;

export type Plugin<Request> = {
  readonly requestOf: (call: Call) => Request;
  /** Runs the command. `mustExpress` throws if the caller's version has no words for a result: ask before changing. */
  readonly run: (request: Request, mustExpress: MustExpress, json: Json) => Promise<Result | undefined>;
  /** Is told of what cannot be run, and what was read of it until then. */
  readonly refused?: (cause: Error, read: { readonly env: Environment; readonly json: Json }) => void;
};

export async function runPlugin<Request>(
  { env, readStdin }: Input,
  { requestOf, run, refused }: Plugin<Request>,
): Promise<Output> {
  let version: Version = NEWEST_VERSION;
  let json: Json = {};
  let request: Request | undefined;
  try {
    const command = parseCommand(env);
    if (command === 'VERSION') return succeeded(versions(readStdin));
    json = jsonFor(command, readStdin);
    version = versionFor(command, json);
    request = requestOf({ command, version, env, json });
    const result = await run(request, (draft) => expressed(draft, version), json);
    return succeeded(result && expressed(result, version));
  } catch (cause) {
    if (request === undefined) refused?.(cause as Error, { env, json });
    return failed(cause, version);
  }
}

function succeeded(answer: object | undefined): Output {
  return { stdout: answer ? `${JSON.stringify(answer, null, 4)}\n` : '', exitCode: 0 };
}

function failed(cause: unknown, version: Version): Output {
  const error = cause instanceof CniError ? cause : new CniError('bug', String(cause), { cause });
  return { stdout: `${JSON.stringify(error.answer(version), null, 4)}\n`, exitCode: 1, cause };
}

/** The specification wants the caller's version back; callers that send nothing, or another, get our newest. */
function versions(readStdin: () => string): object {
  return { cniVersion: askedVersion(readStdin), supportedVersions: SUPPORTED_VERSIONS };
}

function askedVersion(readStdin: () => string): Version {
  try {
    const stdin = readStdin();
    return stdin.trim() === '' ? NEWEST_VERSION : versionOf(parseJson(stdin));
  } catch {
    return NEWEST_VERSION;
  }
}
