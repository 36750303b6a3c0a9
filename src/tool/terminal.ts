/** Where the tool writes: to a person or into a pipe. */
import { styleText } from 'node:util';

export type Terminal = {
  /** Standard output: the answer. Never throws. */
  readonly print: (text: string) => void;
  /** Standard error: progress, and why it failed. Never throws. */
  readonly tell: (text: string) => void;
  /** Why nobody gets what is printed any more; undefined if somebody does. */
  readonly loss: () => NodeJS.ErrnoException | undefined;
  /** Tells a person at the terminal what takes so long, until it is over. Into a pipe nothing is told. */
  readonly during: <T>(words: string, action: () => Promise<T>) => Promise<T>;
  /** Of standard output, if that is a terminal. */
  readonly width: number | undefined;
  readonly hasColors: boolean;
};

export type Tone = 'good' | 'bad' | 'doubtful' | 'faint' | 'title';

const STYLES = { good: 'green', bad: 'red', doubtful: 'yellow', faint: 'dim', title: 'bold' } as const;

export function toned({ hasColors }: Terminal, tone: Tone | undefined, text: string): string {
  return hasColors && tone ? styleText(STYLES[tone], text, { validateStream: false }) : text;
}

/** What a pod, a file or the kernel has said may hold commands to the terminal, or signs that show it in another order. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\ufffd');
}
