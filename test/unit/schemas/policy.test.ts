import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fromJSONSchema } from 'zod';
import { NOTHING_ALLOWED, parsePolicy, parseVlanRange } from '../../../schemas/policy.ts';

const path = `${import.meta.dirname}/../../../schemas/json/policy.schema.json`;
const schema = fromJSONSchema(JSON.parse(readFileSync(path, 'utf8')));
const parse = (policy: unknown) => parsePolicy(JSON.stringify(policy));

const ALL = {
  trust: 'off',
  spoofchk: 'on',
  mac: 'none',
  vlans: ['100-199', 300, 'absent'],
  dataDirs: ['/var/lib/addresses'],
  logFiles: ['/var/log/sriov'],
  pfs: ['ens1f0', '0000:01:00.0'],
};

describe('a policy', () => {
  test.each([
    ['without a limit', {}],
    ['with every limit', ALL],
    ['that allows nothing', NOTHING_ALLOWED],
    ['that names its schema', { $schema: './policy.schema.json', trust: 'any' }],
  ])('%s is read', (_title, policy) => {
    expect(parse(policy)).toEqual(policy);
    expect(schema.safeParse(policy)).toMatchObject({ success: true });
  });

  test.each([
    ['a misspelt key', { vlan: [5] }, /^unknown key "vlan"; the keys are .*vlans/],
    ['a key in another case', { Trust: 'off' }, /^unknown key "Trust"/],
    ['a word that is none', { trust: 'on' }, 'trust: expected "any" or "off", got "on"'],
    ['null', { mac: null }, 'mac: expected "any" or "none", got null'],
    ['a number for a list', { vlans: 5 }, /^vlans: expected a list/],
    ['a list', [], 'expected a JSON object, got []'],
    ['a path with ".."', { dataDirs: ['/a/../b'] }, /^dataDirs\[0\]: expected an absolute path without ".."/],
    ['a relative path', { logFiles: ['log'] }, /^logFiles\[0\]: expected an absolute path/],
    [
      'several at once',
      { pfs: 'ens1f0', spoofchk: 'off', vlan: 1 },
      /^unknown key "vlan"; .*spoofchk: .*pfs: .*; the keys are/,
    ],
  ])('with %s is refused, and told what is wrong', (_title, policy, message) => {
    expect(() => parse(policy)).toThrow(message);
  });

  test.each(['4095', '200-100', '1-4095', '-5', '5-', '', 'none', '1,2', ' 5', 4095, 1.5])(
    'with %j for a VLAN is refused',
    (vlan) => {
      expect(() => parse({ vlans: [vlan] })).toThrow(
        /^vlans\[0\]: expected a (VLAN id|whole number) from 0 to 4094/,
      );
    },
  );
});

test.each([
  ['7', { first: 7, last: 7 }],
  ['0-4094', { first: 0, last: 4094 }],
])('the VLANs %s', (text, range) => {
  expect(parseVlanRange(text)).toEqual(range);
});
