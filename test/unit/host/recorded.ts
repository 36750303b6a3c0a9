/** Recorded machines (test/machines), and programs that answer what they are told to. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { type Programs, programsOf } from '../../../src/host/conversation.ts';
import type { Child, Ended, RunChild } from '../../../src/host/run-child.ts';

export function recorded(name: string): string {
  return readFileSync(`${import.meta.dirname}/../../machines/${name}`, 'utf8');
}

export type Tree = { readonly [name: string]: Tree | string };

/** The tree of that machine's sysfs, for a test to change and to plant. */
export function sysfsOf(machine: string): Tree {
  return JSON.parse(recorded(`${machine}/sysfs.json`));
}

/** Makes the tree below the directory: objects are directories, texts are files, `{"->": x}` is a link to x. */
export function plant(directory: string, tree: Tree): string {
  mkdirSync(directory, { recursive: true });
  for (const [name, entry] of Object.entries(tree)) {
    const path = `${directory}/${name}`;
    if (typeof entry === 'string') writeFileSync(path, entry);
    else if (typeof entry['->'] === 'string') symlinkSync(entry['->'], path);
    else plant(path, entry);
  }
  return directory;
}

const DONE: Ended = { exitCode: 0, stdout: '', stderr: '' };

export type Started = Programs & { readonly started: Child[] };

/** Programs that end as the function says. What they were given can be looked at. */
export function programs(end: (child: Child) => Partial<Ended> = () => ({})): Started {
  const started: Child[] = [];
  const run: RunChild = async (child) => {
    started.push(child);
    return { ...DONE, ...end(child) };
  };
  return { ...programsOf(run, { isKept: true }), started };
}
