import { expect, test } from 'vitest';
import type { Ended } from '../../../../src/host/run-child.ts';
import { troubleOf } from '../../../../src/tool/install/try-out.ts';

const ended = (of: Partial<Ended>): Ended => ({ exitCode: 0, stdout: '', stderr: '', ...of });
const LIBRARY = 'sriov: error while loading shared libraries: libstdc++.so.6: cannot open shared object file';

test('an answer to VERSION is no trouble', () => {
  expect(
    troubleOf(ended({ stdout: '{"cniVersion":"1.0.0","supportedVersions":["1.0.0"]}' })),
  ).toBeUndefined();
});

test.each<readonly [string, Partial<Ended>, string]>([
  [
    'noexec',
    { exitCode: undefined, startError: 'spawn /x EACCES' },
    'spawn /x EACCES (the file system is mounted with noexec, or a security module forbids it)',
  ],
  [
    'musl',
    { exitCode: undefined, startError: 'spawn /x ENOENT' },
    'spawn /x ENOENT (the loader of glibc is missing, /lib64/ld-linux-x86-64.so.2: this system has another C library)',
  ],
  [
    'no libstdc++',
    { exitCode: 127, stderr: `${LIBRARY}\nmore` },
    `it ended with exit code 127, and said: ${LIBRARY} (install libstdc++ (Debian: libstdc++6))`,
  ],
  [
    'an old glibc',
    { exitCode: 1, stderr: "/lib/libc.so.6: version `GLIBC_2.28' not found" },
    "it ended with exit code 1, and said: /lib/libc.so.6: version `GLIBC_2.28' not found (it wants glibc 2.28 or later)",
  ],
  ['a crash', { exitCode: undefined, signal: 'SIGILL' }, 'it was ended by SIGILL, and said: nothing'],
  ['no answer', { stdout: 'hello' }, 'it ended with exit code 0, and said: hello'],
  ['an answer to something else', { stdout: '{}' }, 'it ended with exit code 0, and said: {}'],
  ['no end', { exitCode: undefined, killedAfterMs: 30_000 }, 'it did not end within 30 s and was killed'],
])('%s is told', (_, end, trouble) => {
  expect(troubleOf(ended(end))).toBe(trouble);
});
