import { readFileSync, statSync } from 'node:fs';

/** Whether somebody holds flock(2) on the file, by what the kernel tells of all locks: asking for it would hold it. */
export function isLocked(path: string): boolean {
  const file = statSync(path, { throwIfNoEntry: false });
  if (!file) return false;
  // ID: FLOCK ADVISORY WRITE PID MAJOR:MINOR:INODE START END (proc_locks(5))
  const isIts = (line: string) => line.includes(' FLOCK ') && line.includes(`:${file.ino} `);
  return readFileSync('/proc/locks', 'utf8').split('\n').some(isIts);
}
