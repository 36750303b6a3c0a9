/** docs/security.md: its example is tried, and the tests that it names are there. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parsePolicy } from '../../schemas/policy.ts';
import { askedOf } from '../../src/attachment/desired.ts';
import { mustBeAllowed, violationsOf } from '../../src/attachment/policy.ts';
import { addRequest, type Keys } from '../fakes/requests.ts';

const ROOT = `${import.meta.dirname}/../..`;
const page = readFileSync(`${ROOT}/docs/security.md`, 'utf8');

describe('the policy of docs/security.md', () => {
  const policy = parsePolicy(/```json\n(.*?)```/s.exec(page)?.[1] ?? '');
  const ask = (conf: Keys) => mustBeAllowed(violationsOf(policy, askedOf(addRequest({ conf }).conf)));

  test('has every key', () => {
    expect(Object.keys(policy)).toEqual(['trust', 'spoofchk', 'mac', 'vlans', 'dataDirs', 'logFiles', 'pfs']);
  });

  test('refuses as the page says', () => {
    const [, details = ''] = /"details": "(.*?)"\n```/s.exec(page) ?? [];
    expect(() => ask({ trust: 'on', vlan: 200 })).toThrow(JSON.parse(`"${details.replaceAll('\n', ' ')}"`));
  });

  test.each([{ vlan: 100 }, { vlan: 300, trust: 'off', spoofchk: 'on', logFile: '/var/log/sriov/a.log' }])(
    'allows %j',
    (conf) => {
      expect(() => ask(conf)).not.toThrow();
    },
  );
});

const named = new Set(page.match(/(?<=`)(sandbox|unit|vm)\/[\w/-]+(?=`)/g));

test.each([...named])('the test %s is there', (name) => {
  expect(existsSync(`${ROOT}/test/${name}.test.ts`)).toBe(true);
});

test('the page names the tests of its claims', () => {
  expect(named.size).toBeGreaterThan(15);
});
