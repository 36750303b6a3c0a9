/** Every key and value is found where it stands, however it is written. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isMap, isScalar, Scalar, stringify } from 'yaml';
import { jsonMistakeIn } from '../../../../src/tool/validate/json-mistake.ts';
import { locatedJson } from '../../../../src/tool/validate/located.ts';
import { type Key, keysOf } from '../../../../src/tool/validate/nodes.ts';
import { offsetsOf } from '../../../../src/tool/validate/scalar-offsets.ts';
import { sourceOf } from '../../../../src/tool/validate/source.ts';
import { documentsIn } from '../../../../src/tool/validate/yaml-documents.ts';
import { seedOf, times } from '../../../figures.ts';

const RUNS = times({ fast: 300, soak: 30_000 });
const TIMEOUT_MS = times({ fast: 20_000, soak: 300_000 });
const anyJson = fc.json({ maxDepth: 4, stringUnit: 'grapheme' });

describe('a path', () => {
  test.each<[string, Key[]]>([
    ['', []],
    ['vlan', ['vlan']],
    ['ipam.ranges[0][12].subnet', ['ipam', 'ranges', 0, 12, 'subnet']],
    ['plugins[1].dns.nameservers[2]', ['plugins', 1, 'dns', 'nameservers', 2]],
  ])('%j has the keys %j', (path, keys) => {
    expect(keysOf(path)).toEqual(keys);
  });
});

describe('lines and columns', () => {
  const { spotOf } = sourceOf('f', 'ab\n\ncd');
  test.each([
    [0, 1, 1],
    [2, 1, 3],
    [3, 2, 1],
    [4, 3, 1],
    [6, 3, 3],
    [99, 3, 3],
  ])('of character %d are %d and %d', (offset, line, column) => {
    expect(spotOf(offset)).toEqual({ file: 'f', line, column });
  });
});

/** All that is in a value: the keys that lead there, and itself. */
function partsOf(value: unknown, keys: readonly Key[] = []): [readonly Key[], unknown][] {
  const inner = Array.isArray(value)
    ? value.flatMap((item: unknown, index) => partsOf(item, [...keys, index]))
    : typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, item]) => partsOf(item, [...keys, key]))
      : [];
  return [[keys, value], ...inner];
}

/** A finding is asked for the letter alone: keys that differ in their case are one. */
const isPlain = (keys: readonly Key[], all: readonly (readonly Key[])[]) =>
  all.filter((other) => String(other).toLowerCase() === String(keys).toLowerCase()).length === 1;

test(
  'every value of a JSON text is where its first character is',
  () => {
    const begins = (text: string, value: unknown) => text.startsWith(JSON.stringify(value).slice(0, 1));
    const property = fc.property(anyJson, fc.integer({ min: 0, max: 4 }), (json, indent) => {
      const value: unknown = JSON.parse(json);
      const text = JSON.stringify(value, null, indent);
      const { located } = locatedJson(sourceOf('f', text));
      const lines = text.split('\n');
      const parts = partsOf(value);
      const all = parts.map(([keys]) => keys);
      for (const [keys, part] of parts.filter(([keys]) => isPlain(keys, all))) {
        const { line = 0, column = 0 } = located?.at(keys) ?? {};
        expect(begins(lines[line - 1]?.slice(column - 1) ?? '', part)).toBe(true);
      }
    });
    fc.assert(property, { seed: seedOf('values of a JSON text'), numRuns: RUNS });
  },
  TIMEOUT_MS,
);

const TYPES = [
  Scalar.BLOCK_LITERAL,
  Scalar.BLOCK_FOLDED,
  Scalar.QUOTE_DOUBLE,
  Scalar.QUOTE_SINGLE,
  Scalar.PLAIN,
] as const;

/** A YAML text with the value in it, as a scalar of that type if it can be one. */
function embedded(value: string, type: Scalar.Type, indent: number): string {
  const scalar = new Scalar(value);
  scalar.type = type;
  return stringify({ spec: { config: scalar, other: 1 } }, { indent, lineWidth: 40 });
}

const ESCAPED = /^\\|^''/;

test(
  'every character of a text in YAML is where it stands in the file',
  () => {
    const anyText = fc.oneof(
      fc
        .tuple(anyJson, fc.integer({ min: 0, max: 4 }))
        .map(([json, n]) => JSON.stringify(JSON.parse(json), null, n)),
      fc.string({ unit: 'grapheme-ascii' }),
    );
    const property = fc.property(
      anyText,
      fc.constantFrom(...TYPES),
      fc.integer({ min: 1, max: 6 }),
      (value, type, indent) => {
        const text = embedded(value, type, indent);
        const root = documentsIn(text)[0]?.contents;
        const node = isMap(root) ? root.getIn(['spec', 'config'], true) : undefined;
        if (!isScalar(node) || typeof node.value !== 'string') return;
        const offsets = offsetsOf(node as Scalar<string>, text);
        for (const [index, letter] of [...node.value].entries()) {
          if (/\s/.test(letter) || node.value.length !== [...node.value].length) continue;
          const there = text.slice(offsets[index]);
          expect(ESCAPED.test(there) || there.startsWith(letter)).toBe(true);
        }
      },
    );
    fc.assert(property, { seed: seedOf('characters of a text in YAML'), numRuns: RUNS });
  },
  TIMEOUT_MS,
);

describe('JSON that is none', () => {
  test.each([
    ['', 0, 'it ends too early'],
    ['{"a": tru}', 9, "unexpected token '}'"],
    [`{"a": "${'x'.repeat(100)}", "b": nope}`, 116, "unexpected token 'o'"],
    ['{"a": 1 "b": 2}', 8, "expected ',' or '}' after property value"],
    ['{"a": 1,}', 8, 'expected double-quoted property name'],
    ['[1, 2', 5, "expected ',' or ']' after array element"],
    ["{'a': 1}", 1, "expected property name or '}'"],
    ['{}}', 2, 'unexpected non-whitespace character after JSON'],
    ['// mine\n{}', 0, "unexpected token '/'"],
    ['NaN', 0, '"NaN"'],
    ['undefined', 0, '"undefined"'],
    ['"a\nb"', 2, 'bad control character in string literal'],
    ['\ufeff{}', 0, 'it begins with a byte order mark'],
  ])('%j ceases to be so at character %d: %s', (text, offset, reason) => {
    expect(jsonMistakeIn(text)).toEqual({ offset, reason });
  });

  test(
    'is told of where something that is never JSON stands',
    () => {
      const property = fc.property(
        anyJson,
        fc.nat(),
        fc.constantFrom('@', '\u0001', '#'),
        (json, at, odd) => {
          const offset = at % (json.length + 1);
          const quotes = json.slice(0, offset).replaceAll(/\\./g, '').match(/"/g)?.length ?? 0;
          const isInText = quotes % 2 === 1;
          fc.pre(odd === '\u0001' || !isInText);
          fc.pre(!/\\u?[0-9a-f]{0,3}$/.test(json.slice(0, offset)));
          const mistake = jsonMistakeIn(json.slice(0, offset) + odd + json.slice(offset));
          expect(mistake?.offset).toBe(offset);
        },
      );
      fc.assert(property, { seed: seedOf('JSON that is none'), numRuns: RUNS });
    },
    TIMEOUT_MS,
  );
});
