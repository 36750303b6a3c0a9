/** Readers copy what the documentation shows. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parsePolicy } from '../../../../schemas/policy.ts';
import { RULES } from '../../../../src/tool/validate/finding.ts';
import { type Source, sourceOf } from '../../../../src/tool/validate/source.ts';
import { validationOf } from '../../../../src/tool/validate/validation.ts';

const ROOT = `${import.meta.dirname}/../../../..`;
const PAGES = [
  'README.md',
  'ipam/README.md',
  ...readdirSync(`${ROOT}/docs`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** Blocks of JSON and YAML, and what a shell writes into a file. */
const BLOCK = /^ *```(json|yaml)\n(.*?)^ *```$|<<'END'\n(.*?)^END$/gms;

function blocksOf(page: string): Source[] {
  const text = readFileSync(`${ROOT}/${page}`, 'utf8');
  return [...text.matchAll(BLOCK)].map(([all, language = 'json', block, written = ''], index) => {
    const line = text.slice(0, text.indexOf(all)).split('\n').length;
    return sourceOf(`${page}:${line} (${index}).${language}`, block ?? written);
  });
}

function isPolicy({ text }: Source): boolean {
  try {
    parsePolicy(text);
    return true;
  } catch {
    return false;
  }
}

/** Of the device plugin. */
const isConfigMap = ({ text }: Source) => text.includes('"resourceList"');

const blocks = PAGES.flatMap(blocksOf).filter((block) => !isPolicy(block) && !isConfigMap(block));

test('there are configurations of each kind in the documentation', () => {
  const { own, others } = validationOf(blocks).counts;
  expect(own).toBeGreaterThan(7);
  expect(others).toBeGreaterThan(3);
  expect(blocks.filter(({ file }) => file.endsWith('yaml')).length).toBeGreaterThan(1);
});

test.each(blocks.map((block) => [block.file, block] as const))('%s has no errors', (_, block) => {
  const { findings } = validationOf([block]);
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(findings.filter(({ rule }) => rule === 'unknown-key' || rule === 'duplicate-key')).toEqual([]);
});

const EXAMPLES = 'docs/deploy/examples';

const rulesIn = (sources: readonly Source[]) =>
  new Set(validationOf(sources).findings.map(({ rule }) => rule as string));

/** One by one: each stands for itself. */
const examples = readdirSync(`${ROOT}/${EXAMPLES}`).map((name) =>
  sourceOf(`${EXAMPLES}/${name}`, readFileSync(`${ROOT}/${EXAMPLES}/${name}`, 'utf8')),
);

test.each([
  ['README.md', blocks.filter(({ file }) => file.startsWith('README.md'))],
  ['docs/deploy/README.md', examples],
])('%s prepares its reader for what is warned of in its examples', (page, sources) => {
  const rules = [...new Set(sources.flatMap((one) => [...rulesIn([one])]))];
  const text = readFileSync(`${ROOT}/${page}`, 'utf8');
  expect(rules).toContain('shared-range');
  expect(rules.filter((rule) => !text.includes(`\`${rule}\``))).toEqual([]);
});

test('docs/validate.md tells of every rule, in order, with its severity', () => {
  const page = readFileSync(`${ROOT}/docs/validate.md`, 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (error|warning) \| \S/gm)].map(([, ...row]) => row);
  expect(rows).toEqual(Object.entries(RULES));
});
