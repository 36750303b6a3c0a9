/** Terminals that keep what they are told. */
import type { Terminal } from '../../../src/tool/terminal.ts';

type Kept = Terminal & { readonly printed: () => string; readonly told: () => string };

export function screen({ width, hasColors = false }: { width?: number; hasColors?: boolean } = {}): Kept {
  let [printed, told] = ['', ''];
  return {
    print: (text) => {
      printed += text;
    },
    tell: (text) => {
      told += text;
    },
    loss: () => undefined,
    during: (_, action) => action(),
    width,
    hasColors,
    printed: () => printed,
    told: () => told,
  };
}

export const pipe = () => screen();
