import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { diskReservations } from '../../../ipam/disk-reservations.ts';
import { hostLocal } from '../../../ipam/host-local.ts';
import { rangeSetsOf } from '../../../ipam/range-set.ts';
import { makeDirectory } from '../../../src/host/make-directory.ts';
import { emptyDirectory, filesIn } from './directories.ts';
import { serialLock } from './serial-lock.ts';
import { wish } from './stores.ts';
import { owner } from './words.ts';

async function started(
  script: string,
  ...args: string[]
): Promise<ChildProcess & { output: Promise<string> }> {
  const child = spawn(process.execPath, [`${import.meta.dirname}/${script}`, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'readable');
  return Object.assign(child, { output: text(child.stdout) });
}

/** What several processes print, each of which begins when all are ready. */
async function linesOfAll(processes: number, argsOf: (index: number) => string[]): Promise<string[]> {
  const children = await Promise.all(
    Array.from({ length: processes }, (_, index) => started('reserving-process.ts', ...argsOf(index))),
  );
  for (const child of children) child.stdin?.write('go\n');
  const outputs = await Promise.all(children.map(({ output }) => output));
  return outputs.flatMap((output) => output.split('\n')).filter((line) => line !== 'ready' && line !== '');
}

test('110 reservations by 10 processes at once get 110 addresses', { timeout: 30_000 }, async () => {
  const dataDir = emptyDirectory();
  const lines = await linesOfAll(10, (index) => [dataDir, `pod-${index}`, '11', 'keep']);
  expect(lines).toHaveLength(110);
  expect(new Set(lines).size).toBe(110);
  const held = Object.keys(filesIn(`${dataDir}/net`)).filter((name) => name.startsWith('10.'));
  expect(held.map((name) => `${name}/16`).toSorted()).toEqual(lines.toSorted());
});

test('processes that reserve and release all the time never lose an address to each other, and leave none', {
  timeout: 30_000,
}, async () => {
  const dataDir = emptyDirectory();
  const lines = await linesOfAll(4, (index) => [dataDir, `pod-${index}`, '40', 'churn']);
  expect(lines.filter((line) => line.startsWith('lost'))).toEqual([]);
  expect(lines).toHaveLength(160);
  expect(Object.keys(filesIn(`${dataDir}/net`))).toEqual(['last_reserved_ip.0', 'lock']);
});

test('a reservation is complete as soon as it can be seen (I6)', { timeout: 30_000 }, async () => {
  const dataDir = emptyDirectory();
  const sets = rangeSetsOf({ type: 'host-local', subnet: '10.0.0.0/16' });
  const { reserve } = hostLocal(diskReservations({ ...serialLock(), makeDirectory }));
  mkdirSync(`${dataDir}/net`);
  const reader = await started('reading-process.ts', `${dataDir}/net`);
  for (let index = 0; index < 2000; index++) {
    await reserve(owner(`pod-${index}`), wish(sets, dataDir), async () => undefined);
  }
  reader.stdin?.end();
  const seen = JSON.parse((await reader.output).replace('ready\n', ''));
  expect(seen.incomplete).toEqual([]);
  expect(seen.read).toBeGreaterThan(0);
});
