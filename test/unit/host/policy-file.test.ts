import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { execaSync } from 'execa';
import { expect, test } from 'vitest';
import { NOTHING_ALLOWED } from '../../../schemas/policy.ts';
import { readPolicy } from '../../../src/host/policy-file.ts';
import { emptyDirectory } from '../ipam/directories.ts';

const FREE = '{"trust": "any"}';

/** A policy that allows everything, which an accident befalls. */
function policyAfter(accident: (path: string) => void): string {
  const path = `${emptyDirectory()}/cni/sriov-policy.json`;
  mkdirSync(dirname(path), { mode: 0o755 });
  writeFileSync(path, FREE, { mode: 0o644 });
  accident(path);
  return path;
}

test('a policy that root alone may write counts', () => {
  expect(readPolicy(policyAfter(() => {}))).toEqual({ trust: 'any' });
});

test.each([
  ['no file', '/none'],
  ['no directory', '/none/none'],
])('where there is %s, all is allowed', (_title, below) => {
  expect(readPolicy(emptyDirectory() + below)).toEqual({});
});

test.each<[string, (path: string) => void, RegExp]>([
  ['belongs to another', (path) => chownSync(path, 1000, 0), /belongs to user 1000.*chown root \S+policy/],
  [
    'may be written by a group',
    (path) => chmodSync(path, 0o664),
    /others than root may write.*chmod go-w \S+policy/,
  ],
  ['may be written by all', (path) => chmodSync(path, 0o646), /others than root may write/],
  ['lies in a directory of another', (path) => chownSync(dirname(path), 1000, 0), /cni belongs to user 1000/],
  [
    'lies in a directory that others may write',
    (path) => chmodSync(dirname(path), 0o777),
    /may write to \S+\/cni\..*chmod go-w \S+\/cni\)/,
  ],
  [
    'is a symbolic link',
    (path) => {
      execaSync('mv', [path, `${path}.real`]);
      symlinkSync(`${path}.real`, path);
    },
    /it is a symbolic link/,
  ],
  [
    'is a directory',
    (path) => {
      execaSync('rm', [path]);
      mkdirSync(path);
    },
    /it is no file/,
  ],
  [
    'is a FIFO that nobody writes',
    (path) => {
      execaSync('rm', [path]);
      execaSync('mkfifo', [path]);
    },
    /it is no file/,
  ],
  ['is empty', (path) => writeFileSync(path, ''), /JSON/],
  ['is no JSON', (path) => writeFileSync(path, '{trust: off}'), /JSON/],
  ['has an unknown key', (path) => writeFileSync(path, '{"vlan": [5]}'), /unknown key "vlan"/],
  ['has a wrong value', (path) => writeFileSync(path, '{"trust": "on"}'), /trust: expected/],
])('of a policy that %s nothing is believed, and nothing allowed', (_title, accident, reason) => {
  const { cures, ...policy } = readPolicy(policyAfter(accident));
  expect(policy).toEqual({ ...NOTHING_ALLOWED, unreadable: expect.stringMatching(reason) });
});

test.each<[string, (path: string) => void, policy: object]>([
  [
    'lets others write in three ways',
    (path) => {
      chownSync(path, 1000, 0);
      chmodSync(path, 0o666);
      chmodSync(dirname(path), 0o777);
    },
    { trust: 'any' },
  ],
  [
    'is a symbolic link',
    (path) => {
      execaSync('mv', [path, `${path}.real`]);
      symlinkSync(`${path}.real`, path);
    },
    { trust: 'any' },
  ],
  [
    'is a directory',
    (path) => {
      execaSync('rm', [path]);
      mkdirSync(path);
    },
    {},
  ],
])('of one that %s the cures are told, and cure it', (_title, accident, policy) => {
  const path = policyAfter(accident);
  const { cures = [], unreadable } = readPolicy(path);
  expect(cures.filter((cure) => !unreadable?.includes(`(${cure})`))).toEqual([]);
  execaSync('sh', ['-c', cures.join('\n')]);
  expect(readPolicy(path)).toEqual(policy);
});
