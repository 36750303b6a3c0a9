/** The long form of tests that repeat something many times, and the figures that they tell. */
import { appendFileSync } from 'node:fs';
import { chanceOf } from './chance.ts';

/** Whether this is the long form: `npm run test:soak`. */
export const isSoak = process.env['SOAK'] === '1';

/** How often: in `scripts/test.sh`, and in the long form. */
export function times({ fast, soak }: { readonly fast: number; readonly soak: number }): number {
  return isSoak ? soak : fast;
}

/** A seed for what is random: that of the environment, to see a failure again, or a new one. Tests print theirs. */
export function seedOf(name: string): number {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  tell(name, { seed });
  return seed;
}

/** All of them in the long form; in `scripts/test.sh` as many as `fast` says, neighbours by chance. */
export function someOf<T>(name: string, items: readonly T[], { fast }: { readonly fast: number }): T[] {
  if (isSoak) return [...items];
  const first = chanceOf(seedOf(name)).below(items.length);
  return [...items, ...items].slice(first, first + fast);
}

/** One line on the terminal, and in the file that the variable FIGURES names. */
export function tell(name: string, figures: Readonly<Record<string, string | number>>): void {
  const words = Object.entries(figures).map(([what, figure]) => `${what} ${figure}`);
  const line = `figures: ${name}: ${words.join(', ')}\n`;
  process.stdout.write(line);
  const file = process.env['FIGURES'];
  if (file) appendFileSync(file, line);
}
