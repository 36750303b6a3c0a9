/** Of a text that a YAML file holds as a scalar: where in the file each of its characters stands. */
import type { Scalar } from 'yaml';

const isBlank = (text: string) => /^\s*$/.test(text);

/** A character as a scalar of this type spells it. */
type Spelt = { readonly length: number; readonly isBlank: boolean };
type SpeltAt = (source: string, offset: number) => Spelt;

const LENGTH_OF_ESCAPE: Readonly<Record<string, number>> = { x: 4, u: 6, U: 10 };
/** After a backslash; an escaped line break stands for nothing. */
const BLANKS = 'ntr _LP\t\n\r';

const raw: SpeltAt = (source, offset) => ({ length: 1, isBlank: isBlank(source.charAt(offset)) });

const inDoubleQuotes: SpeltAt = (source, offset) => {
  if (source[offset] !== '\\') return raw(source, offset);
  const letter = source.charAt(offset + 1);
  const length = LENGTH_OF_ESCAPE[letter];
  if (length === undefined) return { length: 2, isBlank: BLANKS.includes(letter) };
  const code = Number.parseInt(source.slice(offset + 2, offset + length), 16);
  return { length, isBlank: isBlank(String.fromCharCode(code)) };
};

const inSingleQuotes: SpeltAt = (source, offset) =>
  source.startsWith("''", offset) ? { length: 2, isBlank: false } : raw(source, offset);

const SPELT: Readonly<Record<string, SpeltAt>> = {
  QUOTE_DOUBLE: inDoubleQuotes,
  QUOTE_SINGLE: inSingleQuotes,
};

/** Behind the opening quote, or the line of `|` or `>`. */
function beginningOf(source: string, start: number, type: string): number {
  if (type.startsWith('BLOCK')) return source.indexOf('\n', start) + 1;
  return type.startsWith('QUOTE') ? start + 1 : start;
}

/**
 * YAML takes away indentation and folds lines, which changes blanks alone: the other characters of the value stand in the
 * source in the same order.
 */
export function offsetsOf({ value, range, type = 'PLAIN' }: Scalar<string>, source: string): Uint32Array {
  const speltAt = SPELT[type] ?? raw;
  const offsets = new Uint32Array(value.length + 1);
  let at = beginningOf(source, range?.[0] ?? 0, type);
  for (let index = 0; index < value.length; index++) {
    const isWanted = !isBlank(value.charAt(index));
    let spelt = speltAt(source, at);
    while (isWanted && spelt.isBlank && at < source.length) {
      at += spelt.length;
      spelt = speltAt(source, at);
    }
    offsets[index] = at;
    if (isWanted) at += spelt.length;
  }
  offsets[value.length] = at;
  return offsets;
}
