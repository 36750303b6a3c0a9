/** For a snapshot builder. */
import { setFlagsFromString, writeHeapSnapshot } from 'node:v8';

/**
 * What ran only to load modules and to make schemas will not run again, and each start would read its code: two thirds of
 * all. A collection of garbage drops the code of all functions; there is no other way to ask for one here than to have a
 * file written.
 */
export function forgetCode(file: string): void {
  setFlagsFromString('--stress-flush-code');
  writeHeapSnapshot(file);
  setFlagsFromString('--no-stress-flush-code');
}
