import { accessSync, constants } from 'node:fs';
import { makeDirectory } from './make-directory.ts';
import { type Program, pathOf } from './run-child.ts';

const PROGRAMS: readonly Program[] = ['ip', 'nsenter', 'flock', 'tee'];

/** What is missing on this node for an ADD: programs, or a directory that can be written. */
/** A directory to write in, and the mode with which it is made if it is not there. */
export type Wanted = { readonly path: string; readonly mode: number };

export function readiness(directories: readonly Wanted[]): string[] {
  const checks = [
    ...PROGRAMS.map((program) => () => void pathOf(program)),
    ...directories.map((directory) => () => mustBeWritable(directory)),
  ];
  return checks.flatMap((check) => {
    try {
      check();
      return [];
    } catch (cause) {
      return [(cause as Error).message];
    }
  });
}

function mustBeWritable({ path, mode }: Wanted): void {
  makeDirectory(path, mode);
  accessSync(path, constants.W_OK);
}
