import { setTimeout as after } from 'node:timers/promises';
import type { Terminal } from './terminal.ts';

const INTERVAL_MS = 1000;

/** Home, and erase what is below. */
const REPAINT = '\u001b[H\u001b[J';

/** Shows what is seen whenever it differs: anew on a terminal, below the last on a pipe. Ends when the process does. */
export async function repeatedly(terminal: Terminal, look: () => Promise<string>): Promise<never> {
  const isTerminal = terminal.width !== undefined;
  for (let last = ''; ; await after(INTERVAL_MS)) {
    const now = await look();
    if (now === last) continue;
    terminal.print(isTerminal ? REPAINT + now : now);
    last = now;
  }
}

/** Rejects when the signal comes. */
export const elapse = (ms: number, signal: AbortSignal) => after(ms, undefined, { signal });
