import { expect, test } from 'vitest';
import type { Finding } from '../../../../src/tool/doctor/finding.ts';
import { reportOf, wrapped } from '../../../../src/tool/doctor/report.ts';
import { pipe, screen } from '../terminals.ts';

const FINDINGS: readonly Finding[] = [
  { group: 'cards', check: 'pf-driver', verdict: 'ok', message: '1 PF has a driver' },
  {
    group: 'cards',
    check: 'pf-carrier',
    verdict: 'warning',
    message: 'pf0 has no carrier.',
    cure: ['ethtool pf0'],
  },
  {
    group: 'cards',
    check: 'pf-up',
    verdict: 'problem',
    message: 'pf0 is down: its VFs hear nothing.',
    cure: ['ip link set pf0 up', 'reboot'],
  },
  { group: 'records', check: 'records', verdict: 'not checked', message: 'run as root' },
];

test('the worst of a group comes first, and what is in order is counted', () => {
  expect(
    reportOf({ findings: FINDINGS, isWide: false }, pipe()),
  ).toBe(`1 problem, 1 warning, 1 not checked, 1 ok.

Cards: 1 problem, 1 warning, 1 ok
  problem      pf0 is down: its VFs hear nothing.
    cure       ip link set pf0 up
               reboot
  warning      pf0 has no carrier.
    cure       ethtool pf0
What is recorded: 1 not checked
  not checked  run as root

-o wide shows what is ok, too.
`);
});

test('wide, all is shown', () => {
  const text = reportOf({ findings: FINDINGS, isWide: true }, pipe());
  expect(text).toContain('  ok           1 PF has a driver\n');
  expect(text).not.toContain('-o wide');
});

test('sentences fit the terminal, and commands stay whole', () => {
  const cure = `ip link set ${'x'.repeat(60)} up`;
  const message = 'a sentence of many words that does not fit into a line';
  const findings = [{ group: 'vfs', check: 'vf', verdict: 'problem', message, cure: [cure] }] as const;
  const lines = reportOf({ findings, isWide: false }, screen({ width: 58 })).split('\n');
  expect(lines).toContain(`    cure       ${cure}`);
  const others = lines.filter((line) => !line.includes(cure));
  expect(Math.max(...others.map(({ length }) => length))).toBeLessThanOrEqual(58);
});

test('colours do not shift what is said, and what a pod wrote cannot move the cursor', () => {
  const findings = [{ group: 'vfs', check: 'vf', verdict: 'problem', message: 'a\u001b[2Jb' }] as const;
  const text = reportOf({ findings, isWide: false }, screen({ hasColors: true }));
  expect(text).toContain('\u001b[31mproblem\u001b[39m      a\ufffd[2Jb');
});

test.for([
  ['one two', 7, ['one two']],
  ['one two', 6, ['one', 'two']],
  ['incomprehensible', 5, ['incomprehensible']],
] as const)('%j in %d columns', ([text, width, lines]) => {
  expect(wrapped(text, width)).toEqual(lines);
});
