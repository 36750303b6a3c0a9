import { expect, test } from 'vitest';
import { type Column, table } from '../../../src/tool/table.ts';
import { pipe, screen } from './terminals.ts';

type Row = { readonly name: string; readonly mac: string | undefined; readonly who: string | undefined };

const ROWS: readonly [Row, Row] = [
  { name: 'enp1s0v0', mac: '02:00:00:00:00:01', who: undefined },
  { name: 'enp1s0v1', mac: undefined, who: 'a pod with a very long name (blue)' },
];
const COLUMNS: readonly Column<Row>[] = [
  { title: 'LINK', of: ({ name }) => name },
  { title: 'MAC', of: ({ mac }) => mac, toneOf: () => 'good' },
  { title: 'HELD BY', of: ({ who }) => who },
];

test('columns are as wide as what is in them, and what is absent is a dash', () => {
  expect(table(ROWS, COLUMNS, pipe())).toBe(
    [
      'LINK      MAC                HELD BY',
      'enp1s0v0  02:00:00:00:00:01  -',
      'enp1s0v1  -                  a pod with a very long name (blue)',
      '',
    ].join('\n'),
  );
});

test.for([40, 50, 62])(
  'on a terminal of %d columns no line is longer, and the widest column gives way',
  (width) => {
    const lines = table(ROWS, COLUMNS, screen({ width })).split('\n');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(width);
    expect(lines[2]).toMatch(/a pod.*…$/);
  },
);

test('what gives way keeps eight characters, on however small a terminal', () => {
  expect(table(ROWS, COLUMNS, screen({ width: 5 })).split('\n')[1]).toBe('enp1s0v0  02:00:0…  -');
});

test('colours do not shift columns', () => {
  const text = table(ROWS, COLUMNS, screen({ width: 100, hasColors: true }));
  expect(text).toContain('\u001b[32m02:00:00:00:00:01\u001b[39m  -');
  expect(text).toContain('\u001b[1mLINK\u001b[22m      ');
});

test('what a pod wrote cannot move the cursor', () => {
  const [first] = ROWS;
  const text = table([{ ...first, name: 'a\u001b[2Jb\n' }], COLUMNS, pipe());
  expect(text).toContain('a\ufffd[2Jb\ufffd');
});

test('there may be more rows than a function may have arguments', () => {
  const [first] = ROWS;
  expect(table(new Array<Row>(200_000).fill(first), COLUMNS, pipe()).split('\n')).toHaveLength(200_002);
});
