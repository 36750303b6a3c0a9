/** What a terminal shows, with the few colours that the tool uses, as SVG. */

const LINE_HEIGHT = 18;
const CHARACTER_WIDTH = 7.83;
const MARGIN = 14;

/** By the numbers of SGR (ECMA-48): those that begin a style. All others end it. */
const STYLES: Readonly<Record<string, string>> = {
  1: 'font-weight="bold"',
  2: 'fill="#8b949e"',
  31: 'fill="#ff7b72"',
  32: 'fill="#7ee787"',
  33: 'fill="#e3b341"',
};

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a terminal is told by.
const SGR = /\u001b\[(\d*)m/;

function lineOf(text: string, row: number): string {
  const [first = '', ...rest] = text.split(SGR);
  let spans = escaped(first);
  for (let index = 0; index < rest.length; index += 2) {
    const [code = '', words = ''] = rest.slice(index, index + 2);
    const style = STYLES[code];
    spans += style ? `<tspan ${style}>${escaped(words)}</tspan>` : escaped(words);
  }
  const y = MARGIN + LINE_HEIGHT * (row + 0.75);
  return `<text x="${MARGIN}" y="${y}" xml:space="preserve">${spans}</text>`;
}

export function pictureOf(text: string, columns: number): string {
  const lines = text.replaceAll('\r', '').trimEnd().split('\n');
  const width = Math.ceil(2 * MARGIN + CHARACTER_WIDTH * columns);
  const height = 2 * MARGIN + LINE_HEIGHT * lines.length;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="13" fill="#e6edf3">
${lines.map(lineOf).join('\n')}
</g>
</svg>
`;
}
