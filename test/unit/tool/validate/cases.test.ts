/** Every folder of test/cases/validate is a situation: files, and what is found in them. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { RULES } from '../../../../src/tool/validate/finding.ts';
import { reportOf } from '../../../../src/tool/validate/report.ts';
import { sourceOf } from '../../../../src/tool/validate/source.ts';
import { validationOf } from '../../../../src/tool/validate/validation.ts';
import { pipe } from '../terminals.ts';

const CASES = `${import.meta.dirname}/../../../cases/validate`;
const folders = readdirSync(CASES);
const textOf = (folder: string, name: string) => readFileSync(`${CASES}/${folder}/${name}`, 'utf8');
const findingsIn = (folder: string) => textOf(folder, 'findings.txt');

test.each(folders)('found: %s (PAIN-47)', (folder) => {
  const inputs = readdirSync(`${CASES}/${folder}`).filter((name) => name.startsWith('input.'));
  expect(inputs).not.toHaveLength(0);
  const sources = inputs.toSorted().map((name) => sourceOf(name, textOf(folder, name)));
  expect(reportOf(validationOf(sources), pipe(), true)).toBe(findingsIn(folder));
});

/** It is told of by who reads the file. */
const ELSEWHERE = ['too-large'];

test('every rule has a case, in which it has its severity', () => {
  const lines = folders.flatMap((folder) => findingsIn(folder).split('\n'));
  const shown = lines.flatMap((line) => {
    const [, severity, rule] = /^[^ ]+ (error|warning): .* \[([a-z-]+)\]$/.exec(line) ?? [];
    return rule === undefined ? [] : [[rule, severity] as const];
  });
  const expected = Object.entries(RULES).filter(([rule]) => !ELSEWHERE.includes(rule));
  expect(Object.fromEntries([...shown].sort())).toEqual(Object.fromEntries(expected.sort()));
});
