/** Whatever `ip` prints: it is understood, or the error says that it is not. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CniError } from '../../../schemas/fault.ts';
import { linkOf, othersThan, parseLinks, parseNetwork, shownOf } from '../../../src/host/ip-output.ts';
import { createSessions } from '../../../src/host/ip-sessions.ts';
import { createIp } from '../../../src/host/run-ip.ts';
import { anyStdin } from '../../any-input.ts';
import { seedOf, times } from '../../figures.ts';
import { programs, recorded } from './recorded.ts';

const RUNS = times({ fast: 500, soak: 20_000 });
const PATIENCE_MS = times({ fast: 5000, soak: 300_000 });

const NETWORK = [
  { addr_info: [{ local: '10.1.2.3', prefixlen: 24, tentative: true, dadfailed: false }] },
  { dst: 'default', gateway: '10.1.2.1', table: 'main' },
];

/** A document of `ip`, damaged; it prints one in a line. */
const anyOutput = fc.oneof(
  ...['igb/vf.json', 'igb/pf.json'].map((file) => anyStdin(JSON.parse(recorded(file)))),
  anyStdin(NETWORK),
  fc.string({ unit: 'binary' }),
);

/** Runs the reading; only "cannot understand" may come out of it. */
function mustCope(read: () => void): void {
  try {
    read();
  } catch (cause) {
    expect(cause).toBeInstanceOf(CniError);
    expect(cause).toMatchObject({ fault: 'unavailable' });
  }
}

test('any output is understood, or said not to be', { timeout: PATIENCE_MS }, () => {
  const property = fc.property(anyOutput, anyOutput, (one, other) => {
    mustCope(() => {
      for (const link of parseLinks(`${one}\n${other}`)) {
        linkOf(link);
        shownOf(link, 0);
        othersThan(link, 0);
      }
    });
    mustCope(() => parseNetwork(`${one}\n${other}`, other));
  });
  fc.assert(property, { numRuns: RUNS, seed: seedOf('any output of ip') });
});

test('any words on standard error are a refusal, or a failure of ip', { timeout: PATIENCE_MS }, async () => {
  const anyWords = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      'RTNETLINK answers: constructor',
      'Command failed -:99999999999999999999',
      '__proto__',
      'nsenter: x',
    ),
  );
  const anyEnd = fc.record({
    exitCode: fc.constantFrom(0, 1, 255, undefined),
    stderr: fc
      .array(
        fc.oneof(
          anyWords,
          fc.nat(9).map((line) => `Command failed -:${line}`),
        ),
      )
      .map((all) => all.join('\n')),
    stdout: anyWords,
  });
  const property = fc.asyncProperty(anyEnd, fc.constantFrom('#', 'up'), async (end, word) => {
    const { run, converse } = programs(() => end);
    const sessions = createSessions(converse);
    const { run: ip } = createIp({
      run,
      sessions,
      inherited: () => ({ locks: [3], home: 5 }),
      numberOfLink: () => undefined,
    });
    try {
      const { refusals } = await ip({
        lines: [['link', word], ['route']],
        place: 'home',
        onRefusal: 'go on',
      });
      for (const { reason, errno = '' } of refusals)
        expect([typeof reason, typeof errno]).toEqual(['string', 'string']);
    } catch (cause) {
      expect(cause).toBeInstanceOf(CniError);
    }
  });
  await fc.assert(property, { numRuns: RUNS, seed: seedOf('any standard error of ip') });
});
