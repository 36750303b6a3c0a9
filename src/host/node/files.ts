/** Files of the node that anybody may have put there: none is waited for, and none that is missing is an error. */
import { constants, lstatSync, readdirSync, statSync } from 'node:fs';
import { readText } from '../read-text.ts';

/** With the text, or why that cannot be read. */
export type NodeFile = { readonly path: string; readonly text: string; readonly unreadable?: string };

/** A FIFO would keep us waiting. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK;

const ABSENT = ['ENOENT', 'ENOTDIR'];

/** Undefined if it is not there. */
export function unlessAbsent<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (cause) {
    if (ABSENT.includes((cause as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw cause;
  }
}

export const isThere = (path: string) => unlessAbsent(() => lstatSync(path)) !== undefined;

/** Undefined if there is none. */
export function fileAt(path: string): NodeFile | undefined {
  try {
    const text = unlessAbsent(() => (statSync(path).isFile() ? readText(path, READ) : undefined));
    return text === undefined ? undefined : { path, text };
  } catch (cause) {
    return { path, text: '', unreadable: (cause as Error).message };
  }
}

/** Those with one of the endings, by name. */
export function filesIn(directory: string, endings: readonly string[]): NodeFile[] {
  return namesIn(directory)
    .filter((name) => endings.some((ending) => name.endsWith(ending)))
    .flatMap((name) => fileAt(`${directory}/${name}`) ?? []);
}

export const namesIn = (directory: string): string[] =>
  unlessAbsent(() => readdirSync(directory).sort()) ?? [];
