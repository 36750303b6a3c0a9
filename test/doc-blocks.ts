/** The blocks of code in the documentation, and where each of them is to be run. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** As they are named from the root of the repository. */
export const PAGES: readonly string[] = [
  'README.md',
  ...readdirSync(`${ROOT}docs`)
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `docs/${name}`),
];

export const textOf = (page: string) => readFileSync(ROOT + page, 'utf8');

export type Place = 'sandbox' | 'vm';

export type Block = {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** `sandbox`, `sandbox, vm`, `no, because ...`: of the comment right above the block. */
  readonly marker?: string;
};

/** In a list a block is indented, with its marker. */
const BLOCK = /^( *)(?:<!-- run: (.+?) -->\n *)?```(\w+)\n(.*?)^ *```$/gms;

export function blocksOf(page: string): Block[] {
  const whole = textOf(page);
  return [...whole.matchAll(BLOCK)].map(
    ({ index, 1: indent = '', 2: marker, 3: language = '', 4: text = '' }) => ({
      page,
      line: whole.slice(0, index).split('\n').length + (marker ? 1 : 0),
      language,
      text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      ...(marker && { marker }),
    }),
  );
}

export const placesOf = ({ marker = '' }: Block): readonly string[] =>
  marker.startsWith('no, because ') ? [] : marker.split(', ');

/** The blocks of a page that are run there, as one script: a reader has one shell, too. `pause` is between them. */
export function scriptOf(page: string, place: Place, pause = ''): string | undefined {
  const blocks = blocksOf(page).filter((block) => placesOf(block).includes(place));
  if (blocks.length === 0) return undefined;
  return blocks.map(({ line, text }) => `echo '# ${page}:${line}' >&2\n${text}${pause}`).join('\n');
}

export const pagesRunIn = (place: Place) => PAGES.filter((page) => scriptOf(page, place) !== undefined);
