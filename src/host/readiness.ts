import { accessSync, constants } from 'node:fs';
import { makeDirectory } from './make-directory.ts';
import { type Program, pathOf } from './run-child.ts';

const PROGRAMS: readonly Program[] = ['ip', 'nsenter', 'flock', 'tee'];

/** What is missing on this node for an ADD: programs, or a directory that can be written. */
export function readiness(directories: readonly string[]): string[] {
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

function mustBeWritable(directory: string): void {
  makeDirectory(directory, 0o700);
  accessSync(directory, constants.W_OK);
}
