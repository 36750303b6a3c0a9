import { readlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Child, Ended } from '../../../../src/host/run-child.ts';
import { claimsOf } from '../../../../src/tool/ipam/claims.ts';
import { pipe } from '../terminals.ts';

const ended = (changes: Partial<Ended>): Ended => ({ exitCode: 0, stdout: '', stderr: '', ...changes });
const claims = (answer: (child: Child) => Ended) =>
  claimsOf({ terminal: pipe(), runChild: async (child) => answer(child) });

const HOME = JSON.stringify([
  { ifname: 'lo', addr_info: [{ local: '127.0.0.1', prefixlen: 8 }] },
  {
    ifname: 'eth0',
    addr_info: [
      { local: '10.0.0.2', prefixlen: 24 },
      { local: '2001:db8::2', prefixlen: 64 },
    ],
  },
]);

test('addresses of all links are found, those of the host, too', async () => {
  const { places } = await claims(({ program }) => ended({ stdout: program === 'ip' ? HOME : '[]' }));
  expect([...places]).toEqual(
    ['127.0.0.1', '10.0.0.2', '2001:db8::2'].map((address) => [address, 'the host']),
  );
});

test('what cannot be looked into is told: then nothing is certain', async () => {
  const { refusals } = await claims(({ program }) =>
    program === 'ip' ? ended({ exitCode: 2, stderr: 'not permitted\n' }) : ended({}),
  );
  expect(refusals).toEqual(['the host: not permitted']);
});

test('a program that is not there is told', async () => {
  const { refusals } = await claims(() => ended({ exitCode: undefined, startError: 'ENOENT' }));
  expect(refusals[0]).toBe('the host: ENOENT');
});

test('each namespace is entered by its path, and our own is not', async () => {
  const entered: string[] = [];
  await claims(({ program, args }) => {
    if (program === 'nsenter') entered.push(args[0] ?? '');
    return ended({ stdout: '[]' });
  });
  expect(entered.every((arg) => arg.startsWith('--net=/'))).toBe(true);
  expect(entered).not.toContain(`--net=${readlinkSync('/proc/self/ns/net')}`);
  expect(new Set(entered).size).toBe(entered.length);
});
