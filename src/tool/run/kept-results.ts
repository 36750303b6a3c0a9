/** Results of ADD, which a runtime keeps and hands to CHECK and DEL. */
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { makeDirectory } from '../../host/make-directory.ts';
import { unless } from '../../host/unless.ts';

/** Gone with the boot, as what is attached is. */
const DIRECTORY = '/run/sriov';

export type Kept = {
  readonly path: string;
  readonly result: () => unknown;
  readonly keep: (stdout: string) => void;
  readonly drop: () => void;
};

/** Parts may be of any length, and those that have been refused by the plugin anything. */
export function keptResults(parts: readonly unknown[]): Kept {
  const path = `${DIRECTORY}/${createHash('sha256').update(JSON.stringify(parts)).digest('hex')}.json`;
  const read = () => JSON.parse(readFileSync(path, 'utf8')) as unknown;
  return {
    path,
    result: () => unless(['ENOENT'], read, () => undefined),
    keep(stdout) {
      makeDirectory(DIRECTORY, 0o700);
      const draft = `${path}.${process.pid}`;
      writeFileSync(draft, stdout, { flag: 'wx', mode: 0o600 });
      renameSync(draft, path);
    },
    drop: () => rmSync(path, { force: true }),
  };
}
