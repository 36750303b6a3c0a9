import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { onTestFinished } from 'vitest';

/** A directory for one test, in memory where that can be had. */
export function emptyDirectory(): string {
  const directory = mkdtempSync(`${existsSync('/dev/shm') ? '/dev/shm' : tmpdir()}/ipam-`);
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** All files below it and what they hold. */
export function filesIn(directory: string): Record<string, string> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => `${parentPath}/${name}`);
  return Object.fromEntries(
    files.toSorted().map((file) => [file.slice(directory.length + 1), readFileSync(file, 'utf8')]),
  );
}
