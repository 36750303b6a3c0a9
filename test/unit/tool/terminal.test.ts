import { expect, test } from 'vitest';
import { outletTo } from '../../../src/tool/outlet.ts';
import { plain } from '../../../src/tool/terminal.ts';
import { repeatedly } from '../../../src/tool/watch.ts';
import { pipe } from './terminals.ts';

test.each([
  ['an escape', '\u001b[2J', '\ufffd[2J'],
  ['another order of signs', 'a\u202eb\u2066c\u200fd', 'a\ufffdb\ufffdc\ufffdd'],
  ['signs without width', 'a\u200bb\ufeffc\u00add', 'a\ufffdb\ufffdc\ufffdd'],
  ['lines that only some see', 'a\u2028b\u2029c', 'a\ufffdb\ufffdc'],
  ['half a sign', 'a\ud800b\udc00', 'a\ufffdb\ufffd'],
  ['words of any language', 'Grüße, 世界 😀', 'Grüße, 世界 😀'],
])('plain(): %s', (_, text, shown) => {
  expect(plain(text)).toBe(shown);
});

test('an outlet that cannot be written to is written to once, and tells why', () => {
  const written: string[] = [];
  const gone = Object.assign(new Error('gone'), { code: 'EPIPE' });
  const outlet = outletTo((text) => {
    written.push(text);
    if (text === 'second') throw gone;
  });
  for (const text of ['first', 'second', 'third']) outlet.write(text);
  expect(written).toEqual(['first', 'second']);
  expect(outlet.loss()).toBe(gone);
});

test('what is shown repeatedly is separated, and ends when nobody reads it', async () => {
  const terminal = pipe();
  const looks = ['one\n', 'two\n'];
  const loss = () => (looks.length === 0 ? new Error('gone') : undefined);
  await repeatedly({ ...terminal, loss }, { look: async () => looks.shift() ?? '', separator: '---\n' });
  expect(terminal.printed()).toBe('one\n---\ntwo\n');
});
