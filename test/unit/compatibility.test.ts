/** docs/compatibility.md answers all that users of sriov-cni and host-local have or miss; tests show what it claims. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const ROOT = `${import.meta.dirname}/../..`;
const textOf = (path: string) => readFileSync(`${ROOT}/${path}`, 'utf8');

/** Features, defects, complaints, and what protocol (P), address store (I) and runtimes (R) ask for. */
const IDS = [
  ...numbered('F', 44),
  ...numbered('DEF-', 24),
  ...numbered('PAIN-', 60),
  ...numbered('P', 8),
  ...numbered('I', 18),
  ...numbered('R', 2),
];

function numbered(letters: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${letters}${index + 1}`);
}

type Row = {
  readonly id: string;
  readonly decision: string;
  readonly reason: string;
  readonly shownBy: readonly string[];
};

const [, tables = ''] = textOf('docs/compatibility.md').split('## Every row');
const ROW = /^\| ([^|]+) \| [^|]+ \| \*\*(\w+)\*\*(?:: ([^|]+))? \| ([^|]*)\|$/gm;

const rows: readonly Row[] = [...tables.matchAll(ROW)].map(
  ([, id = '', decision = '', reason = '', shownBy = '']) => {
    return { id, decision, reason, shownBy: shownBy.match(/[\w./-]+/g) ?? [] };
  },
);
/** Threads without a number of their own stand in no title. */
const numberedRows = rows.filter(({ id }) => IDS.includes(id));
const isClaim = ({ decision }: Row) => ['done', 'better'].includes(decision);

test('every number has one row, in its order', () => {
  expect(numberedRows.map(({ id }) => id)).toEqual(IDS);
});

test('every line of the tables is a row, its head or its rule', () => {
  const lines = tables.match(/^\|.*$/gm) ?? [];
  expect(lines.filter((line) => !/^\| (---|id|thread) /.test(line)).length).toBe(rows.length);
});

test.each(rows)('$id is decided: there is a reason, or a test that is there', (row) => {
  expect(['done', 'better', 'docs', 'declined', 'elsewhere']).toContain(row.decision);
  expect(isClaim(row) ? row.shownBy : row.reason).not.toHaveLength(0);
  expect(row.shownBy.filter((path) => !existsSync(`${ROOT}/${path}`))).toEqual([]);
});

test.each(numberedRows.filter(isClaim))('$id is named by the title of a test', ({ id, shownBy }) => {
  const title = new RegExp(`\\([^()]*\\b${id}\\b[^()]*\\)['"\`]`);
  expect(shownBy.filter((path) => title.test(textOf(path)))).not.toEqual([]);
});
