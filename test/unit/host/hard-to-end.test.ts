/** Children whose end, or what they print, is not what it mostly is. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { runFile } from '../../../src/host/run-child.ts';

const PIPES = ['pipe', 'pipe', 'pipe'] as const;

function script(lines: string): string {
  const path = `${mkdtempSync(`${tmpdir()}/child-`)}/script`;
  writeFileSync(path, `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
  return path;
}

const run = (lines: string, options: { input?: string; timeoutMs?: number } = {}) =>
  runFile({ path: script(lines), env: { PATH: '/usr/bin:/bin' }, stdio: PIPES, timeoutMs: 5000, ...options });

test('one that reads nothing of a large input ends as it likes', async () => {
  const input = 'x'.repeat(3_000_000);
  expect(await run('exit 7', { input })).toMatchObject({ exitCode: 7 });
});

test('what a child of it prints after its end belongs to it', async () => {
  expect(await run('(sleep 0.3; echo late) & echo soon')).toMatchObject({
    exitCode: 0,
    stdout: 'soon\nlate',
  });
});

test('one whose child keeps the pipes open longer than it may is not waited for', async () => {
  const began = performance.now();
  const ended = await run('sleep 30 & exit 0', { timeoutMs: 200 });
  expect(ended).toMatchObject({ killedAfterMs: 200 });
  expect(ended.stuckPid).toBeUndefined();
  expect(performance.now() - began).toBeLessThan(10_000);
});

test('a character that comes in two parts is one', async () => {
  const { stdout } = await run("printf '\\303'; sleep 0.2; printf '\\274\\n'");
  expect(stdout).toBe('ü');
});

test('of the ends of lines only the last is cut off', async () => {
  expect(await run('printf "a\\n\\n"; printf "b" >&2')).toMatchObject({ stdout: 'a\n', stderr: 'b' });
});

test('what the kernel does not execute could not be started', async () => {
  const directory = mkdtempSync(`${tmpdir()}/child-`);
  const ended = await runFile({ path: directory, env: {}, stdio: PIPES, timeoutMs: 5000 });
  expect(ended).toEqual({
    exitCode: undefined,
    startError: `spawn ${directory} EACCES`,
    stdout: '',
    stderr: '',
  });
});

/** Root that may not kill, as under some security modules; and a child of another user. */
test('one that may not be killed lives on, and is told by its number', async () => {
  const module = new URL('../../../src/host/run-child.ts', import.meta.url);
  const program = `
    import { runFile } from ${JSON.stringify(module.href)};
    const args = ['--reuid=65534', '--clear-groups', 'sleep', '4'];
    const stdio = ['pipe', 'pipe', 'pipe'];
    const ended = await runFile({ path: '/usr/bin/setpriv', args, env: process.env, stdio, timeoutMs: 300 });
    process.stdout.write(JSON.stringify(ended));`;
  const words = ['--bounding-set', '-kill', process.execPath, '--input-type=module', '--eval', program];
  const { stdout } = await execa('setpriv', words);
  expect(JSON.parse(stdout)).toMatchObject({ killedAfterMs: 300, stuckPid: expect.any(Number) });
});
