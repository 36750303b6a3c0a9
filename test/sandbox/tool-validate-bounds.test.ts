/** What nobody should give to `sriov validate`. */
import { describe, expect } from 'vitest';
import { put, test, validate } from './validating.ts';

describe.concurrent('what would be too much is told of', () => {
  const MB = 1_000_000;

  test.for<[string, string, string | RegExp]>([
    [
      'a file of 5 MB',
      ' '.repeat(5 * MB),
      /^big:1:1: error: The file has more than 4000000 bytes.* \[too-large\]$/,
    ],
    ['JSON of a million levels', `{"type":"sriov","x":${'['.repeat(MB)}${']'.repeat(MB)}}`, /\[too-deep\]$/],
    [
      'JSON that never ends',
      '['.repeat(3 * MB),
      'big:1:3000001: error: This is no JSON: it ends too early [not-json]',
    ],
    [
      'YAML of a million levels',
      `x: ${'['.repeat(MB)}`,
      /^big:1:\d+: error: The YAML is nested .* \[too-deep\]$/,
    ],
    ['aliases of aliases', aliasesOfAliases(), /^1 file, 0 configurations of sriov, 1 document passed over/],
    ['a million aliases', `a: &a 1\nb:\n${'- *a\n'.repeat(300_000)}`, /\[too-many-aliases\]$/],
    ['a thousand keys of no meaning', manyKeys(1000), /unknown-key/],
  ])('%s', async ([, text, expected], { directory }) => {
    await put(directory, { big: text });
    const { lines, stderr, code } = await validate({ directory, args: ['big'] });
    expect(lines[0]).toEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected));
    expect(stderr).toBe('');
    expect([0, 3]).toContain(code);
  });

  test('a device without end, and 5 MB of standard input', async ({ directory }) => {
    const device = await validate({ directory, args: ['/dev/zero'] });
    expect(device).toMatchObject({
      code: 3,
      lines: [expect.stringContaining('[too-large]'), expect.anything()],
    });
    const piped = await validate({ directory, args: ['-'], input: ' '.repeat(5 * MB) });
    expect(piped.lines[0]).toBe(
      '<stdin>:1:1: error: The file has more than 4000000 bytes: it is not read [too-large]',
    );
  });
});

/** Nine of nine of nine ...: 9^10 texts, if somebody writes them out. */
function aliasesOfAliases(): string {
  const levels = Array.from({ length: 10 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n}, `.repeat(9)}]`);
  return ['a0: &a0 lol', ...levels].join('\n');
}

function manyKeys(count: number): string {
  const keys = Object.fromEntries(Array.from({ length: count }, (_, n) => [`odd${n}`, n]));
  return JSON.stringify({ type: 'sriov', cniVersion: '1.0.0', name: 'blue', ...keys });
}
