import { expect } from 'vitest';
import type { Outcome } from '../../../../src/tool/doctor/finding.ts';

/** What is not in order, as `verdict: check`. */
export const wrong = (outcomes: readonly Outcome[]) =>
  outcomes.flatMap(({ verdict, check }) => (verdict === 'ok' ? [] : [`${verdict}: ${check}`]));

/** The cure of that check, which is wrong. */
export function cureOf(check: string, outcomes: readonly Outcome[]): string {
  const found = outcomes.find((one) => one.check === check && one.verdict !== 'ok');
  expect(found?.cure, `${check} is wrong, and has a cure`).toBeDefined();
  return found?.cure?.join('\n') ?? '';
}

/** Whatever is wrong has a cure, and a sentence that ends. */
export function expectSound(outcomes: readonly Outcome[]): void {
  for (const { check, verdict, message, cure = [] } of outcomes) {
    if (verdict === 'ok' || verdict === 'not checked') continue;
    expect([check, message]).toEqual([check, expect.stringMatching(/^[A-Z/a-z].*[.?]$/)]);
    expect([check, cure.length > 0]).toEqual([check, true]);
  }
}
