import { expect, test } from 'vitest';
import type { Program } from '../../../../src/tool/executable/program-at.ts';
import { mustHaveNone, orphansOf } from '../../../../src/tool/install/in-use.ts';
import { recordOf } from '../../host/a-record.ts';

const ours = recordOf('0000:01:10.0');
const theirs = { ...ours, origin: 'sriov-cni' as const };

test.each<readonly [string, Program, readonly object[]]>([
  ['nobody has the name then: nobody can end any', { kind: 'none' }, [ours, theirs]],
  ['sriov-cni has it: it can end what it made', { kind: 'another', what: 'another program' }, [ours]],
  ['another version of ours has it: it can end all', { kind: 'ours', version: '1.0.0' }, []],
])('%s', (_, next, orphans) => {
  expect(orphansOf([ours, theirs], next)).toEqual(orphans);
});

test('five are named, and the others counted', () => {
  expect(() => mustHaveNone([])).not.toThrow();
  expect(() => mustHaveNone([ours])).toThrow(
    /recorded that nobody else can end: 0000:\S+ \(\S+ net1\)\. End/,
  );
  expect(() => mustHaveNone(Array.from({ length: 7 }, () => ours))).toThrow(
    /(0000:[^,]*, ){4}0000:\S+ \(\S+ net1\) and 2 more\./,
  );
});
