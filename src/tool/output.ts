/** What `-o` chooses: a table for people, or a document for programs. */
import { Option } from 'commander';
import { stringify } from 'yaml';
import { type Column, table } from './table.ts';
import type { Terminal } from './terminal.ts';

export const FORMATS = ['table', 'wide', 'json', 'yaml'] as const;
export type Format = (typeof FORMATS)[number];

export const formatOption = () =>
  new Option('-o, --output <format>', 'how to show it').choices(FORMATS).default('table' satisfies Format);

/** Readers of YAML 1.1 take `on` for a truth value, and an address with colons for a number. */
export function documentOf(format: 'json' | 'yaml', value: unknown): string {
  return format === 'json'
    ? `${JSON.stringify(value, null, 2)}\n`
    : stringify(value, { lineWidth: 0, version: '1.1' });
}

/** Between two documents in one stream; those of JSON need none. */
export const separatorOf = (format: Format) => (format === 'yaml' ? '---\n' : '');

type View = {
  readonly value: unknown;
  /** For `table` and `wide`. */
  readonly text: (isWide: boolean) => string;
};

export function show(format: Format, { value, text }: View): string {
  return format === 'json' || format === 'yaml' ? documentOf(format, value) : text(format === 'wide');
}

type ListOf<Row> = {
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  /** Said instead of an empty table. */
  readonly none: string;
};

export function showList<Row>(
  terminal: Terminal,
  format: Format,
  { rows, columns, none }: ListOf<Row>,
): string {
  return show(format, {
    value: rows,
    text: (isWide) => {
      if (rows.length === 0) return `${none}\n`;
      return table(
        rows,
        columns.filter((one) => isWide || !one.isWide),
        terminal,
      );
    },
  });
}
