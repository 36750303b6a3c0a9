import { expect, test } from 'vitest';
import { CniError, FAULTS, type Fault } from '../../../schemas/fault.ts';

const faults = Object.entries(FAULTS);
const codes = faults.map(([, { code }]) => code);

test('no two faults share a code or a message', () => {
  expect(new Set(codes).size).toBe(faults.length);
  expect(new Set(faults.map(([, { msg }]) => msg)).size).toBe(faults.length);
});

/** Codes are what runtimes and alerts act on: they never change. */
const KNOWN: Record<Fault, number> = {
  'incompatible-version': 1,
  'unsupported-field': 2,
  environment: 4,
  'input-output': 5,
  decode: 6,
  netconf: 7,
  netns: 8,
  busy: 11,
  unavailable: 50,
  limited: 51,
  'device-in-use': 100,
  'no-free-address': 101,
  'address-taken': 102,
  drift: 103,
  'kernel-refused': 104,
  'undo-incomplete': 105,
  'device-unfit': 106,
  'name-taken': 107,
  'ipam-plugin': 108,
  'ipam-plugin-gone': 109,
  policy: 110,
  bug: 999,
};

test('every fault has the code that it always had', () => {
  expect(Object.fromEntries(faults.map(([fault, { code }]) => [fault, code]))).toEqual(KNOWN);
});

test('every fault says what to do, in sentences', () => {
  expect(faults.filter(([, { remedy }]) => !/^[A-Z].*\.$/.test(remedy))).toEqual([]);
  expect(faults.filter(([, { msg }]) => !/^[A-Z].*[^.]$/.test(msg))).toEqual([]);
});

test('a sentence that quotes something endless ends after 8000 characters, and says so', () => {
  const { details } = new CniError('netns', `Cannot open ${'a'.repeat(100_000)}`).answer('1.1.0');
  expect(details).toMatch(/^Cannot open a{7988}\.\.\. \(100012 characters\)$/);
});

test('the answer has the code and the constant message of the fault, and the sentence as details', () => {
  expect(new CniError('device-in-use', 'Cannot attach').answer('0.4.0')).toEqual({
    cniVersion: '0.4.0',
    code: 100,
    msg: 'The device is in use',
    details: 'Cannot attach',
  });
});
