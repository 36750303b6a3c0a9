/** The programs that do our work, as they are on this machine. */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { converse } from '../../../src/host/conversation.ts';
import { createFileLock } from '../../../src/host/file-lock.ts';
import { openSandbox } from '../../../src/host/netns.ts';
import { readiness } from '../../../src/host/readiness.ts';
import { pathOf, runChild, runFile } from '../../../src/host/run-child.ts';
import { emptyDirectory } from '../ipam/directories.ts';
import { programs } from './recorded.ts';

describe('a child', () => {
  test('is found in the directories of the system, whatever PATH says', () => {
    expect(pathOf('ip')).toMatch(/^\/(usr\/)?s?bin\/ip$/);
  });

  test('has an environment of its own, in English', async () => {
    const { stdout } = await runChild({ program: 'nsenter', args: ['--', 'env'], timeoutMs: 5000 });
    expect(stdout.split('\n').sort()).toEqual(['LC_ALL=C', 'PATH=/usr/sbin:/sbin:/usr/bin:/bin']);
  });

  test('inherits the descriptors in their places', async () => {
    const file = `${emptyDirectory()}/file`;
    const fd = openSync(file, 'w');
    const args = ['--', 'tee', '/proc/self/fd/4'];
    await runChild({
      program: 'nsenter',
      args,
      input: 'text',
      descriptors: [undefined, fd],
      timeoutMs: 5000,
    });
    closeSync(fd);
    expect(readFileSync(file, 'utf8')).toBe('text');
  });

  test('that is told nothing finds nothing on its standard input', async () => {
    const args = ['--', 'readlink', '/proc/self/fd/0'];
    const { stdout } = await runChild({ program: 'nsenter', args, timeoutMs: 5000 });
    expect(stdout).toBe('/dev/null');
  });

  test('that fails tells so', async () => {
    const ended = await runChild({ program: 'ip', args: ['nonsense'], timeoutMs: 5000 });
    expect(ended).toMatchObject({ stderr: expect.stringContaining('nonsense') });
    expect(ended.exitCode).not.toBe(0);
  });

  test('that cannot be tried at all is a failed start', async () => {
    const { startError } = await runChild({ program: 'ip', args: ['a\0b'], timeoutMs: 5000 });
    expect(startError).toContain('null bytes');
  });

  test.for([
    ['that is detached has a session of its own, which Ctrl-C does not reach', true, false],
    ['is in the session of its parent', undefined, true],
  ] as const)('%s', async ([, isDetached, isSame]) => {
    const sessionOf = (stat: string) => stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3];
    const { stdout } = await runFile({
      path: '/bin/cat',
      args: ['/proc/self/stat'],
      env: {},
      stdio: ['pipe', 'pipe', 'pipe'],
      timeoutMs: 5000,
      ...(isDetached && { isDetached }),
    });
    const own = sessionOf(readFileSync('/proc/self/stat', 'utf8'));
    expect(sessionOf(stdout) === own).toBe(isSame);
  });

  test('that hangs is killed', async () => {
    const ended = await runChild({ program: 'nsenter', args: ['--', 'sleep', '60'], timeoutMs: 50 });
    expect(ended).toMatchObject({ killedAfterMs: 50, signal: 'SIGKILL' });
    expect(ended.exitCode).toBeUndefined();
  });
});

describe('a program that is kept', () => {
  const echo = () => converse({ program: 'tee', args: [] });
  const hanging = () => converse({ program: 'nsenter', args: ['--', 'sleep', '60'] });

  test('answers one question after the other', async () => {
    const { ask, end } = echo();
    for (const input of ['one\ntwo\n', 'three\nfour\n'])
      expect(await ask({ input, answerLines: 2, timeoutMs: 5000 })).toEqual({ stdout: input });
    await end();
  });

  test('tells how it ended instead', async () => {
    const { ask } = converse({ program: 'ip', args: ['-batch', '-'] });
    const { ended } = await ask({ input: 'nonsense\n', answerLines: 1, timeoutMs: 5000 });
    expect(ended).toMatchObject({ stderr: expect.stringContaining('Command failed -:1') });
    expect(ended?.exitCode).toBeGreaterThan(0);
    expect((await ask({ input: 'link\n', answerLines: 1, timeoutMs: 5000 })).ended).toEqual(ended);
  });

  test('is killed if it does not answer in time', async () => {
    const { ended } = await hanging().ask({ input: '\n', answerLines: 1, timeoutMs: 50 });
    expect(ended).toMatchObject({ killedAfterMs: 50, exitCode: undefined });
  });

  test('that could not be started tells why, and can be left', async () => {
    const { ask, leave } = converse({ program: 'ip', args: ['a'.repeat(200_000)] });
    leave();
    const { ended } = await ask({ input: '\n', answerLines: 1, timeoutMs: 5000 });
    expect(ended?.startError).toContain('E2BIG');
  });

  test('does not go on to hold what it inherited, even if it reads nothing', async () => {
    const path = `${emptyDirectory()}/lock`;
    let leave = () => {};
    const { withLock, held } = createFileLock(runChild, () => leave());
    await withLock(path, async () => {
      const args = ['--', 'sleep', '60'];
      leave = converse({ program: 'nsenter', args, descriptors: held() }).leave;
    });
    const fd = openSync(path, 'r');
    const taken = await runChild({
      program: 'flock',
      args: ['-w', '3', '3'],
      descriptors: [fd],
      timeoutMs: 5000,
    });
    closeSync(fd);
    expect(taken.exitCode).toBe(0);
  });
});

describe('a lock', () => {
  test('is held during the action, and its descriptor can be inherited', async () => {
    const path = `${emptyDirectory()}/state/lock`;
    const { withLock, held } = createFileLock(runChild);
    expect(await withLock(path, async () => [existsSync(path), held().length])).toEqual([true, 1]);
    expect(held()).toEqual([]);
  });

  test('excludes another process', async () => {
    const path = `${emptyDirectory()}/lock`;
    const fd = () => openSync(path, 'r');
    const tryIt = () =>
      runChild({ program: 'flock', args: ['-n', '3'], descriptors: [fd()], timeoutMs: 5000 });
    await createFileLock(runChild).withLock(path, async () => expect((await tryIt()).exitCode).toBe(1));
    expect((await tryIt()).exitCode).toBe(0);
  });

  test('within a lock is inherited behind the outer one', async () => {
    const directory = emptyDirectory();
    const { withLock, held } = createFileLock(programs().run);
    await withLock(`${directory}/outer`, async () => {
      const [outer] = held();
      await withLock(`${directory}/inner`, async () => expect(held()).toEqual([outer, expect.any(Number)]));
      expect(held()).toEqual([outer]);
    });
  });

  test('is given back when the action fails', async () => {
    const { withLock, held } = createFileLock(programs().run);
    const path = `${emptyDirectory()}/lock`;
    await expect(withLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(held()).toEqual([]);
  });

  test('that stays taken is told, and the action does not begin (DEF-24, I10)', async () => {
    const { withLock } = createFileLock(programs(() => ({ exitCode: 1 })).run);
    const path = `${emptyDirectory()}/lock`;
    const action = () => Promise.reject(new Error('begun'));
    await expect(withLock(path, action)).rejects.toMatchObject({
      fault: 'busy',
      message: `Cannot take the lock ${path}: another command has held it for 30 s`,
    });
  });

  test('that stays taken is told with what its holder noted in it (DEF-24)', async () => {
    const path = `${emptyDirectory()}/lock`;
    const waits = createFileLock(programs(() => ({ exitCode: 1 })).run);
    const holds = createFileLock(programs().run);
    await holds.withLock(path, async () => {}, { note: 'ADD for container a rather long one' });
    await holds.withLock(
      path,
      () =>
        expect(waits.withLock(path, async () => {})).rejects.toThrow(
          `Cannot take the lock ${path}: ADD for container c1 has held it for 30 s`,
        ),
      { note: 'ADD for container c1' },
    );
  });

  test('that cannot be opened is told', async () => {
    const path = emptyDirectory();
    mkdirSync(`${path}/lock`);
    const { withLock } = createFileLock(programs().run);
    await expect(withLock(`${path}/lock`, async () => {})).rejects.toMatchObject({ fault: 'input-output' });
  });
});

describe('a sandbox', () => {
  const file = () => {
    const path = `${emptyDirectory()}/file`;
    writeFileSync(path, '');
    return path;
  };

  test.each([
    ['is gone', () => '/run/netns/gone', /Cannot open the network namespace \/run\/netns\/gone: ENOENT/],
    ['is a file', file, /is not a network namespace/],
    ['is our own', () => '/proc/self/ns/net', /is the network namespace of the plugin itself/],
  ])('that %s is refused', (_title, path, message) => {
    expect(() => openSandbox(path(), false)).toThrow(
      expect.objectContaining({ fault: 'netns', message: expect.stringMatching(message) }),
    );
  });

  test('may be our own if the caller says so (P5)', () => {
    const { path, fd } = openSandbox('/proc/self/ns/net', true);
    closeSync(fd);
    expect(path).toBe('/proc/self/ns/net');
  });
});

describe('readiness', () => {
  test('has nothing to say of a machine that has everything', () => {
    expect(readiness([{ path: `${emptyDirectory()}/state`, mode: 0o700 }])).toEqual([]);
  });

  test('names a directory that cannot be written', () => {
    const path = `${emptyDirectory()}/file`;
    writeFileSync(path, '');
    expect(readiness([{ path: path, mode: 0o700 }])).toEqual([expect.stringContaining(path)]);
  });
});
