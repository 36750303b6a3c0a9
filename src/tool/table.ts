/** Columns of text, as wide as what is in them, or as the terminal allows. */
import { plain, type Terminal, type Tone, toned } from './terminal.ts';

export type Column<Row> = {
  readonly title: string;
  readonly of: (row: Row) => string | number | undefined;
  readonly toneOf?: (row: Row) => Tone | undefined;
  /** Shown with `-o wide` only. */
  readonly isWide?: true;
};

const GAP = 2;
/** A column that has to give way keeps as many characters. */
const LEAST_WIDTH = 8;
const NOTHING = '-';

export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  terminal: Terminal,
): string {
  const texts = rows.map((row) => columns.map(({ of }) => plain(`${of(row) ?? NOTHING}`) || NOTHING));
  const titles = columns.map(({ title }) => title);
  const widths = fitted(widthsOf([titles, ...texts]), terminal.width);
  const line = (cells: readonly string[], toneOf: (column: number) => Tone | undefined) =>
    cells
      .map((cell, column) => cellText({ cell, width: widths[column] ?? 0, tone: toneOf(column) }, terminal))
      .join(' '.repeat(GAP))
      .trimEnd();
  return [
    line(titles, () => 'title'),
    ...rows.map((row, index) => line(texts[index] ?? [], (column) => columns[column]?.toneOf?.(row))),
  ]
    .map((text) => `${text}\n`)
    .join('');
}

type Cell = { readonly cell: string; readonly width: number; readonly tone: Tone | undefined };

function cellText({ cell, width, tone }: Cell, terminal: Terminal): string {
  const shown = cell.length > width ? `${cell.slice(0, width - 1)}…` : cell;
  return toned(terminal, tone, shown) + ' '.repeat(width - shown.length);
}

const widthsOf = (lines: readonly (readonly string[])[]) =>
  (lines[0] ?? []).map((_, column) =>
    lines.reduce((widest, cells) => Math.max(widest, cells[column]?.length ?? 0), 0),
  );

/** The widest column gives way first. Into a pipe everything goes as it is. */
function fitted(wanted: readonly number[], width: number | undefined): number[] {
  const widths = [...wanted];
  const total = () => widths.reduce((sum, one) => sum + one + GAP, -GAP);
  while (width !== undefined && total() > width) {
    const widest = Math.max(...widths);
    if (widest <= LEAST_WIDTH) break;
    widths[widths.indexOf(widest)] = widest - 1;
  }
  return widths;
}
