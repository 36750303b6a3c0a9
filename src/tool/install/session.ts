/** An install as a person or a container starts it: with progress, until it is interrupted. */
import { lstatSync } from 'node:fs';
import { CniError } from '../../../schemas/fault.ts';
import { identityOf, openSource, type Source } from '../executable/likeness.ts';
import type { Terminal } from '../terminal.ts';
import type { Tool } from '../tool.ts';
import { elapse } from '../watch.ts';
import { failing } from './failing.ts';
import { isLinked, linkHostLocal } from './host-local.ts';
import { type Installing, install } from './install.ts';
import type { Place } from './place.ts';
import { runtimesElsewhere } from './runtimes.ts';
import { stay } from './stay.ts';
import { answersAs, mustAnswer } from './try-out.ts';
import { elsewhereText, installedText, linkedText, progressText, UNTRIED } from './wording.ts';

type Options = { readonly hostLocal?: true; readonly watch?: true };

export async function installBy(tool: Tool, place: Place, options: Options): Promise<void> {
  const interruption = tool.interruption();
  const source = await openSource(tool.executable);
  try {
    const session = sessionOf(tool, place, { ...options, source, interruption });
    await session.first();
    if (options.watch) await stay({ ...session, wait: (ms) => elapse(ms, interruption) });
  } catch (cause) {
    if ((cause as Error).name !== 'AbortError') throw cause;
    if (!options.watch) throw new CniError('busy', `Interrupted: ${place.path} is as it was`);
  } finally {
    await source.handle.close();
  }
}

type Session = Options & { readonly source: Source; readonly interruption: AbortSignal };

function sessionOf(tool: Tool, place: Place, { source, interruption, ...options }: Session) {
  const { terminal, version } = tool;
  let identity: string | undefined;
  return { first, isSound, repair };

  function carryOut() {
    const installing: Installing = {
      place,
      source,
      onProgress: progress(terminal, source, interruption),
      tryOut: (path) => mustAnswer(path, tool.runFile),
      answers: (path) => answersAs(place.path, { path, runFile: tool.runFile }),
    };
    return failing(`install ${place.path}`, () => install(installing));
  }

  async function first(): Promise<void> {
    const installed = await carryOut();
    identity = installed.identity;
    terminal.print(installedText(place, installed, version));
    if (installed.change === 'done' && tool.isEntryPoint) terminal.print(UNTRIED);
    if (options.hostLocal) terminal.print(linkedText(place, await link()));
    for (const path of runtimesElsewhere(place)) terminal.tell(elsewhereText(place, path));
    if (options.watch) terminal.print(`Watching ${place.path}.\n`);
  }

  function link() {
    return failing(`link host-local to ${place.path}`, () => linkHostLocal(place));
  }

  function isSound(): boolean {
    const seen = lstatSync(place.path, { throwIfNoEntry: false, bigint: true });
    return seen !== undefined && identityOf(seen) === identity && (!options.hostLocal || isLinked(place));
  }

  async function repair(): Promise<void> {
    try {
      const installed = await carryOut();
      identity = installed.identity;
      const text = installed.change === 'done' ? installedText(place, installed, version) : '';
      const linked = options.hostLocal ? await link() : undefined;
      const linkText = linked?.change === 'done' ? linkedText(place, linked) : '';
      if (text || linkText) terminal.print(`Somebody else has changed it. ${text}${linkText}`);
    } catch (cause) {
      if (!(cause instanceof CniError)) throw cause;
      terminal.tell(`${cause.message}. Tried again later.\n`);
    }
  }
}

const EVERY_MS = 1000;

function progress({ tell }: Terminal, { bytes }: Source, interruption: AbortSignal) {
  let toldMs = performance.now();
  return (bytesDone: number) => {
    interruption.throwIfAborted();
    if (performance.now() - toldMs < EVERY_MS) return;
    toldMs = performance.now();
    tell(progressText(bytesDone, bytes));
  };
}
