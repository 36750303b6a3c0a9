/** Every folder of test/cases/refused is a call that is answered with an error before anything is done. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { answerOf, notReached } from './calls.ts';

const CASES = `${import.meta.dirname}/../../cases/refused`;

const Answer = z.object({
  /** What differs from a proper ADD. */
  call: z._default(
    z.object({ command: z.optional(z.string()), env: z.optional(z.record(z.string(), z.string())) }),
    {},
  ),
  answer: z.object({ cniVersion: z.string(), code: z.number(), msg: z.string(), details: z.string() }),
});

const folders = readdirSync(CASES);

test('there are cases', () => {
  expect(folders.length).toBeGreaterThan(12);
});

test.each(folders)('refused: %s (P2, PAIN-59)', async (folder) => {
  const conf = readFileSync(`${CASES}/${folder}/netconf.json`, 'utf8');
  const { call, answer } = Answer.parse(JSON.parse(readFileSync(`${CASES}/${folder}/answer.json`, 'utf8')));
  const { command, env } = call;
  const output = await answerOf({ conf, ...(command && { command }), ...(env && { env }) }, notReached);
  expect(output).toMatchObject({ exitCode: 1, answer });
});
