import { expect, test } from 'vitest';
import { offersOf, quoted } from '../../../../src/tool/completion/offers.ts';
import { referenceOf } from '../../../../src/tool/reference.ts';
import { familyOfCommands } from '../reference/family.ts';

const offers = offersOf(referenceOf(familyOfCommands()));
const offersAt = (path: string) => offers.find((one) => one.path === path);

test('a command offers the commands inside it, and what they are for', () => {
  expect(offersAt('sriov')?.commands).toEqual([
    { names: ['pods'], description: 'show pods' },
    { names: ['run'], description: `what a runtime's call does: ADD or DEL` },
  ]);
});

test('a command that has a default takes the options of that', () => {
  expect(offersAt('sriov pods')?.options.map(({ names, value }) => [names.at(-1), value])).toEqual([
    ['--help', undefined],
    ['--network', { from: 'networks' }],
  ]);
});

test('a value is offered by its choices, or by what its name or placeholder tells', () => {
  const values = offersAt('sriov pods release')?.options.map(({ names, value }) => [names.at(-1), value]);
  expect(values).toEqual([
    ['--output', { from: 'words', words: ['table', 'json'] }],
    ['--device', { from: 'devices' }],
    ['--to', { from: 'files' }],
    ['--number', { from: 'nothing' }],
    ['--help', undefined],
  ]);
});

test('arguments are offered in the same way', () => {
  expect(offersAt('sriov run')?.operands).toEqual([
    { from: 'words', words: ['ADD', 'DEL'] },
    { from: 'files' },
  ]);
});

test.each([
  ['--output', '--output'],
  ['sriov run', `'sriov run'`],
  [`it's`, `'it'\\''s'`],
  ['$(reboot)', `'$(reboot)'`],
])('the word %s is written as %s', (word, written) => {
  expect(quoted(word)).toBe(written);
});
