import { setTimeout as after } from 'node:timers/promises';
import type { Terminal } from './terminal.ts';

const INTERVAL_MS = 1000;

/** Home, and erase what is below. */
const REPAINT = '\u001b[H\u001b[J';

type Watched = {
  readonly look: () => Promise<string>;
  /** Between two of what `look` returns, where they are read as one text. */
  readonly separator: string;
};

/** Shows what is seen whenever it differs: anew on a terminal, below the last on a pipe. Ends when nobody reads it any more. */
export async function repeatedly(terminal: Terminal, { look, separator }: Watched): Promise<void> {
  const isTerminal = terminal.width !== undefined;
  for (let last: string | undefined; !terminal.loss(); await after(INTERVAL_MS)) {
    const now = await look();
    if (now === last) continue;
    const before = last === undefined ? '' : separator;
    terminal.print(isTerminal ? REPAINT + now : before + now);
    last = now;
  }
}

/** Rejects when the signal comes. */
export const elapse = (ms: number, signal: AbortSignal) => after(ms, undefined, { signal });
