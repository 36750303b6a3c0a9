/** What holds of every answer, whatever was asked. */
import { expect } from 'vitest';
import { FAULTS } from '../schemas/fault.ts';
import { SUPPORTED_VERSIONS } from '../src/cni/versions.ts';

type Answered = { readonly code: number | undefined; readonly stdout: string };

/** Above what an error may quote, far below what a caller may send. */
const MAX_ERROR = 100_000;
const SPOILT = /\[object |\bundefined\b|\bNaN\b|RangeError|TypeError|node:internal|\n\s+at /;

const codes: readonly number[] = Object.values(FAULTS).map(({ code }) => code);

/** Nothing, a result, or an error of the table that says what is wrong in so many words. */
export function mustBeSound({ code, stdout }: Answered): void {
  if (code === 0) {
    if (stdout !== '') expect(SUPPORTED_VERSIONS).toContain(JSON.parse(stdout).cniVersion);
    return;
  }
  expect(code).toBe(1);
  const answer = JSON.parse(stdout);
  expect(Object.keys(answer)).toEqual(['cniVersion', 'code', 'msg', 'details']);
  expect(SUPPORTED_VERSIONS).toContain(answer.cniVersion);
  expect(codes.filter((one) => one !== FAULTS.bug.code)).toContain(answer.code);
  expect(answer.details).not.toBe('');
  expect(stdout.length).toBeLessThan(MAX_ERROR);
  expect(answer.details).not.toMatch(SPOILT);
}
