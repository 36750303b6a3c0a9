/** Runs `ip` here or in a sandbox, as few processes as possible; tells which line the kernel refused, and why. */
import { CniError } from '../../schemas/fault.ts';
import type { Sandbox } from '../attachment/ports.ts';
import { DESCRIPTORS } from './descriptors.ts';
import type { Words } from './ip-words.ts';
import { type Child, type Ended, mustHaveEnded, pathOf, type RunChild } from './run-child.ts';

/** `locks`: the device's first. */
export type Inherited = { readonly locks: readonly number[]; readonly home: number };

export type IpCall = {
  readonly lines: readonly Words[];
  /** Where `ip` runs: in our namespace, or in that of the sandbox. */
  readonly place: 'home' | 'sandbox';
  readonly sandbox?: Sandbox | undefined;
  /** After a refusal: `stop`, or go on with the lines behind it. */
  readonly onRefusal: 'stop' | 'go on';
  /** Options that `ip` takes before the batch only, such as `-6`. */
  readonly options?: readonly string[];
};

export type LineRefusal = { readonly line: number; readonly reason: string; readonly errno?: string };
export type IpAnswer = { readonly stdout: string; readonly refusals: readonly LineRefusal[] };

/** A netdev that hangs in its driver can keep `ip` for ever; resets take up to a few seconds. */
const TIMEOUT_MS = 20_000;

/** Messages of the C library, which `ip` and `tee` print, for the errors that somebody decides by. */
const ERRNO_OF: ReadonlyMap<string, string> = new Map([
  ['Cannot assign requested address', 'EADDRNOTAVAIL'],
  ['Permission denied', 'EACCES'],
  ['Operation not permitted', 'EPERM'],
  ['Operation not supported', 'EOPNOTSUPP'],
  ['Device or resource busy', 'EBUSY'],
  ['Resource temporarily unavailable', 'EAGAIN'],
]);

/** ip -batch has quotes but no way to quote a quote, "#" or a line feed. */
const isBatchable = (words: Words) => words.every((word) => !/["'#\\\n]/.test(word));

const quoted = (word: string) => (word === '' || /\s/.test(word) ? `"${word}"` : word);

export type Ip = (call: IpCall) => Promise<IpAnswer>;

export function createIp(run: RunChild, inherited: () => Inherited): Ip {
  return async (call) => {
    const { lines, onRefusal } = call;
    if (lines.length === 0) return { stdout: '', refusals: [] };
    if (lines.every(isBatchable)) return batch(call);
    let answer: IpAnswer = { stdout: '', refusals: [] };
    for (const [line, words] of lines.entries()) {
      const { stdout, refusals } = isBatchable(words)
        ? await batch({ ...call, lines: [words] })
        : await single(call, words);
      answer = {
        stdout: answer.stdout + stdout,
        refusals: [...answer.refusals, ...refusals.map((refusal) => ({ ...refusal, line }))],
      };
      if (onRefusal === 'stop' && refusals.length > 0) break;
    }
    return answer;
  };

  async function batch(call: IpCall): Promise<IpAnswer> {
    const force = call.onRefusal === 'go on' ? ['-force'] : [];
    const input = `${call.lines.map((words) => words.map(quoted).join(' ')).join('\n')}\n`;
    const ended = await run({
      ...childOf(call, ['-d', '-j', ...(call.options ?? []), ...force, '-batch', '-']),
      input,
    });
    const refusals = refusalsIn(ended.stderr);
    if (refusals.length === 0 || ended.exitCode === undefined) mustHaveRun(ended);
    return { stdout: `${ended.stdout}\n`, refusals };
  }

  async function single(call: IpCall, words: Words): Promise<IpAnswer> {
    const ended = await run(childOf(call, ['-d', '-j', ...words]));
    if (ended.exitCode === 0) return { stdout: `${ended.stdout}\n`, refusals: [] };
    if (ended.exitCode === undefined || ended.stderr.startsWith('nsenter:')) mustHaveRun(ended);
    const refusal = lineRefusal(ended.stderr, 0);
    return { stdout: '', refusals: [refusal] };
  }

  function childOf({ place, sandbox }: IpCall, args: readonly string[]): Child {
    const {
      locks: [lock, ...inner],
      home,
    } = inherited();
    const common = { descriptors: [lock, sandbox?.fd, home, ...inner], timeoutMs: TIMEOUT_MS };
    return place === 'home'
      ? { program: 'ip', args, ...common }
      : {
          program: 'nsenter',
          args: [`--net=/proc/self/fd/${DESCRIPTORS.sandbox}`, '--', pathOf('ip'), ...args],
          ...common,
        };
  }
}

function mustHaveRun(ended: Ended): void {
  const { exitCode, stderr, startError } = ended;
  mustHaveEnded(ended, 'ip');
  if (exitCode === 0) return;
  if (stderr.startsWith('nsenter:'))
    throw new CniError('netns', `Cannot enter the sandbox: ${stderr.trim()}`);
  throw new CniError(
    'unavailable',
    `ip failed (exit code ${exitCode ?? 'none'}): ${startError ?? stderr.trim()}`,
  );
}

/** ip prints the reason, then `Command failed -:LINE`. */
function refusalsIn(stderr: string): LineRefusal[] {
  const refusals: LineRefusal[] = [];
  let reason: string[] = [];
  for (const text of stderr.split('\n')) {
    const line = /^Command failed -:(\d+)$/.exec(text)?.[1];
    if (line === undefined) reason.push(text);
    else {
      refusals.push(lineRefusal(reason.join(' '), Number(line) - 1));
      reason = [];
    }
  }
  return refusals;
}

/** From what a program printed. */
export function lineRefusal(text: string, line: number): LineRefusal {
  const reason = text.replace('RTNETLINK answers: ', '').trim();
  const errno = ERRNO_OF.get(reason.replace(/^tee: .*: /, ''));
  return { line, reason, ...(errno && { errno }) };
}
