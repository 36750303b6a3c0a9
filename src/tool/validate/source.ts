/** The text of a file, and the line and column of each of its characters. */
import { LineCounter } from 'yaml';
import type { Spot } from './finding.ts';

export type Source = {
  readonly file: string;
  readonly text: string;
  readonly spotOf: (offset: number) => Spot;
};

export function sourceOf(file: string, text: string): Source {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines.addNewLine(at + 1);
  return {
    file,
    text,
    spotOf: (offset) => {
      const { line, col } = lines.linePos(Math.min(Math.max(offset, 0), text.length));
      return { file, line, column: col };
    },
  };
}
