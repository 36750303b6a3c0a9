/** Runs `ip` here or in a sandbox, as few processes as possible; tells which line the kernel refused, and why. */
import { CniError } from '../../schemas/fault.ts';
import type { Sandbox } from '../attachment/ports.ts';
import { DESCRIPTORS } from './descriptors.ts';
import type { Links, SessionCall, SessionProcess, Sessions } from './ip-sessions.ts';
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

export type Ip = {
  readonly run: (call: IpCall) => Promise<IpAnswer>;
  /** Starts what will be run in this place. What keeps it from starting is told to whoever runs it. */
  readonly prepare: (where: Where) => void;
};

type Where = Pick<IpCall, 'place' | 'sandbox'>;

/** What became of the first lines of a call: all of them, or those up to the one that was refused. */
type Part = { readonly done: number; readonly stdout: string; readonly refusal?: LineRefusal };

export type IpOptions = {
  readonly run: RunChild;
  readonly sessions: Sessions;
  readonly inherited: () => Inherited;
  /** That the link in our namespace has now. */
  readonly numberOfLink: (name: string) => number | undefined;
};

export function createIp({ run, sessions, inherited, numberOfLink }: IpOptions): Ip {
  return { run: runAll, prepare };

  function prepare(where: Where): void {
    try {
      sessions.start(processOf(where, inherited()));
    } catch {
      return;
    }
  }

  async function runAll(call: IpCall): Promise<IpAnswer> {
    let stdout = '';
    const refusals: LineRefusal[] = [];
    for (let line = 0; line < call.lines.length; ) {
      const part = await makeSome({ ...call, lines: call.lines.slice(line) });
      stdout += part.stdout;
      if (part.refusal) refusals.push({ ...part.refusal, line: line + part.refusal.line });
      if (part.refusal && call.onRefusal === 'stop') break;
      line += part.done;
    }
    return { stdout, refusals };
  }

  function makeSome(call: IpCall): Promise<Part> {
    const { lines } = call;
    const end = lines.findIndex((words) => !isBatchable(words));
    if (end === 0) return single(call);
    return batch({ ...call, lines: end < 0 ? lines : lines.slice(0, end) });
  }

  async function batch(call: IpCall): Promise<Part> {
    const { lines } = call;
    const texts = lines.map((words) => words.map(quoted).join(' '));
    // What changes something prints nothing, so that its end is told by what is shown behind it.
    const all = isShowing(lines.at(-1)) ? texts : [...texts, ACKNOWLEDGEMENT];
    const isAsking = lines.every(isShowing);
    const names = call.place === 'home' ? namesIn(lines) : [];
    const { lineOffset, ...ended } = await (isAsking ? runUpToDate : sessions.run)({
      ...processOf(call, inherited()),
      lines: all,
      answerLines: lines.filter(isShowing).length + all.length - lines.length,
      mayFollow: (shown) => names.every((name) => (isAsking ? isPresent : isShown)(name, shown)),
      shownIn: (stdout) => shownAmong(isAsking ? names : [], stdout),
    });
    const refusal = refusalIn(ended.stderr, lineOffset);
    const isOfLine = refusal !== undefined && all[refusal.line] !== undefined;
    if (!isOfLine || ended.exitCode === undefined) mustHaveRun(ended);
    if (!isOfLine || refusal.line === lines.length) return { done: lines.length, stdout: ended.stdout };
    return { done: refusal.line + 1, stdout: ended.stdout, refusal };
  }

  /** udev renames links here, and a process remembers the number of a link by its name for good. */
  function isPresent(name: string, shown: Links): boolean {
    const number = shown.get(name);
    return !shown.has(name) || (number !== undefined && number === numberOfLink(name));
  }

  /** If another link has the name since, a process shows neither; if none has it, it ends without telling the line. */
  async function runUpToDate(call: SessionCall) {
    const ended = await sessions.run(call);
    const isStale = /^\[\{\}\]$/m.test(ended.stdout) || ended.stderr.includes('Cannot send link get request');
    if (!isStale) return ended;
    sessions.end(call.name);
    return sessions.run(call);
  }

  /** The first line, as arguments. */
  async function single(call: IpCall): Promise<Part> {
    const [words = []] = call.lines;
    const ended = await run(childOf(call, ['-d', '-j', ...words], inherited()));
    if (ended.exitCode === 0) return { done: 1, stdout: `${ended.stdout}\n` };
    if (ended.exitCode === undefined || ended.stderr.startsWith('nsenter:')) mustHaveRun(ended);
    return { done: 1, stdout: '', refusal: lineRefusal(ended.stderr, 0) };
  }
}

function processOf(
  { place, sandbox, lines = [], options = [] }: Where & Partial<IpCall>,
  inherited: Inherited,
): SessionProcess {
  return {
    ...childOf({ place, sandbox }, ['-d', '-j', ...options, '-batch', '-'], inherited),
    name: [place, ...options, ...(lines.some(isOfAddresses) ? ['addresses'] : [])].join(' '),
    of: String(sandbox?.inode),
  };
}

function childOf({ place, sandbox }: Where, args: readonly string[], { locks, home }: Inherited): Child {
  const [lock, ...inner] = locks;
  const common = { descriptors: [lock, sandbox?.fd, home, ...inner], timeoutMs: TIMEOUT_MS };
  return place === 'home'
    ? { program: 'ip', args, ...common }
    : {
        program: 'nsenter',
        args: [`--net=/proc/self/fd/${DESCRIPTORS.sandbox}`, '--', pathOf('ip'), ...args],
        ...common,
      };
}

/** What is shown is printed as one line. */
const isShowing = (words: Words | undefined) => words?.[1] === 'show';

const namesIn = (lines: readonly Words[]) =>
  lines.flatMap((words) => (words.includes('dev') ? (words[words.indexOf('dev') + 1] ?? []) : []));

/** A change goes to the very link that was shown, whatever its name is by now. */
const isShown = (name: string, shown: Links) => shown.get(name) !== undefined;

/** What was asked for and not shown under its name: `ip` may have found another by its altname. */
function shownAmong(names: readonly string[], stdout: string): Links {
  const shown = new Map(
    [...stdout.matchAll(SHOWN)].map(([, number, name]) => [name, Number(number)] as const),
  );
  return new Map(names.map((name) => [name, shown.get(name)]));
}

const SHOWN = /"ifindex":(\d+),(?:"link(?:_index)?":[^,]*,)?"ifname":"([^"]*)"/g;

/** A process that has shown links shows no addresses any more (iproute2 6.1). */
const isOfAddresses = ([object, verb]: Words) => object === 'address' && verb === 'show';

/** The one link that is in every namespace. Where somebody has renamed it, the refusal tells as much. */
const ACKNOWLEDGEMENT = 'link show dev lo';

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

/** ip prints the reason, then `Command failed -:LINE`, and ends. */
function refusalIn(stderr: string, lineOffset: number): LineRefusal | undefined {
  const [, reason = '', line] = /^([\s\S]*?)^Command failed -:(\d+)$/m.exec(stderr) ?? [];
  return line === undefined ? undefined : lineRefusal(reason, Number(line) - 1 - lineOffset);
}

/** From what a program printed. */
export function lineRefusal(text: string, line: number): LineRefusal {
  const reasons = text.split('\n').map((reason) => reason.replace('RTNETLINK answers: ', '').trim());
  // What comes before the last may be a warning of an earlier line.
  const errno = ERRNO_OF.get(reasons.findLast(Boolean)?.replace(/^tee: .*: /, '') ?? '');
  return { line, reason: reasons.join(' ').trim(), ...(errno && { errno }) };
}
