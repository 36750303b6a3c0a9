/** The documentation as a whole: what it shows is run or legal, and its links lead somewhere. */
import { existsSync } from 'node:fs';
import { dirname, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { checkRanges } from '../../cmd/sriov/command.ts';
import { FAULTS } from '../../schemas/fault.ts';
import { unknownKeysIn } from '../../schemas/unknown-keys.ts';
import { describedProgram } from '../../scripts/reference/described-program.ts';
import { requestOf } from '../../src/cni/request.ts';
import { NEWEST_VERSION } from '../../src/cni/versions.ts';
import { everyCommand } from '../../src/tool/reference.ts';
import { type Block, blocksOf, PAGES, pagesRunIn, placesOf, textOf } from '../doc-blocks.ts';

const ROOT = `${import.meta.dirname}/../..`;

const blocks = PAGES.flatMap(blocksOf);
const shown = ({ page, line }: Block) => `${page}:${line}`;

describe('blocks of shell', () => {
  const ofShell = blocks.filter(({ language }) => language === 'sh' || language === 'bash');

  test('each says where it is run, or why it is not', () => {
    const isClear = (block: Block) =>
      /^no, because \w.{10,}$/.test(block.marker ?? '') ||
      (placesOf(block).length > 0 && placesOf(block).every((place) => ['sandbox', 'vm'].includes(place)));
    expect(ofShell.length).toBeGreaterThan(20);
    expect(ofShell.filter((block) => !isClear(block)).map(shown)).toEqual([]);
  });

  test('every comment that says so stands right above a block', () => {
    const comments = PAGES.flatMap((page) => textOf(page).match(/<!-- run: /g) ?? []);
    expect(comments.length).toBe(blocks.filter(({ marker }) => marker !== undefined).length);
  });

  test('some are run in the sandbox, and some in the VM', () => {
    expect(pagesRunIn('sandbox').length).toBeGreaterThan(3);
    expect(pagesRunIn('vm')).toContain('docs/quick-start.md');
  });

  const PENDING = /^no, because the commands? comes? with another change$/;
  const isPending = ({ marker = '' }: Block) => PENDING.test(marker);

  test('they use commands of the tool with options that those have', () => {
    const lines = ofShell.filter((block) => !isPending(block)).flatMap(callsIn);
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.flatMap(wrongIn)).toEqual([]);
  });

  test('none is said to wait for a command that has come', () => {
    const waiting = ofShell.filter(isPending);
    expect(waiting.filter((block) => callsIn(block).every((line) => commandOf(line))).map(shown)).toEqual([]);
  });
});

const [, ...commands] = everyCommand(describedProgram());

/** The longest that the line begins with: `sriov attachments show` before `sriov attachments`. */
const commandOf = (line: string) => commands.findLast(({ path }) => `${line} `.startsWith(`${path} `));

/** But for comments. */
const callsIn = ({ text }: Block) => text.replace(/^\s*#.*$/gm, '').match(/\bsriov [a-z].*$/gm) ?? [];

function wrongIn(line: string): string[] {
  const command = commandOf(line);
  if (!command) return [`${line}: no such command`];
  const [call = ''] = line.replace(/'[^']*'/g, '').split(/[|<>;&#)]/);
  const known = everyCommand(command).flatMap(({ options }) => options.flatMap(({ names }) => names));
  return (call.match(/(?<= )--?[a-z][a-z-]*/g) ?? [])
    .filter((name) => !known.includes(name))
    .map((name) => `${line}: ${name}`);
}

describe('examples of configurations', () => {
  const examples = blocks.flatMap((block) =>
    configurationsIn(block).map((json) => ({ at: shown(block), json })),
  );

  test('are found', () => {
    expect(examples.length).toBeGreaterThan(10);
  });

  test.each(examples)('$at is taken by the plugin, and has no key that nobody knows', ({ json }) => {
    const call = { command: 'STATUS', version: NEWEST_VERSION, env: {}, json } as const;
    expect(() => requestOf(call, checkRanges)).not.toThrow();
    expect(unknownKeysIn(json)).toEqual([]);
  });
});

type Json = { readonly [key: string]: unknown };

/** Of ours, in JSON or in a NetworkAttachmentDefinition; a chain hands its name and version on. */
function configurationsIn({ language, text }: Block): Json[] {
  if (language === 'json') return oursIn(JSON.parse(text));
  if (language !== 'yaml') return [];
  return parseAllDocuments(text)
    .map((document) => document.toJS())
    .filter((resource) => resource?.kind === 'NetworkAttachmentDefinition')
    .flatMap(({ spec }) => oursIn(JSON.parse(spec.config)));
}

function oursIn(json: Json): Json[] {
  const { plugins, name, cniVersion } = json;
  if (Array.isArray(plugins)) return plugins.flatMap((plugin) => oursIn({ name, cniVersion, ...plugin }));
  return json['type'] === 'sriov' ? [json] : [];
}

describe('links', () => {
  /** As GitHub makes them of headings. */
  const anchorsOf = (page: string) =>
    (textOf(page).match(/^#+ .*$/gm) ?? []).map((heading) =>
      heading
        .replace(/^#+ /, '')
        .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    );

  const links = PAGES.flatMap((page) =>
    [...textOf(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].map(
      ([, path = '', anchor]) => ({
        page,
        target: path === '' ? page : normalize(`${dirname(page)}/${path}`),
        anchor,
      }),
    ),
  );

  test('lead to files that are there', () => {
    expect(links.length).toBeGreaterThan(50);
    const dead = links.filter(({ target }) => !existsSync(`${ROOT}/${target}`));
    expect(dead.map(({ page, target }) => `${page}: ${target}`)).toEqual([]);
  });

  test('lead to headings that are there', () => {
    const dead = links.filter(
      ({ target, anchor }) => anchor && target.endsWith('.md') && !anchorsOf(target).includes(anchor),
    );
    expect(dead.map(({ page, target, anchor }) => `${page}: ${target}#${anchor}`)).toEqual([]);
  });

  test('lead from README.md to every page', () => {
    const reached = links.filter(({ page }) => page === 'README.md').map(({ target }) => target);
    expect(PAGES.filter((page) => page !== 'README.md' && !reached.includes(page))).toEqual([]);
  });
});

describe('docs/troubleshooting.md', () => {
  const headings: readonly string[] = textOf('docs/troubleshooting.md').match(/^### .*$/gm) ?? [];

  test.each(Object.values(FAULTS))('has a section for $msg', ({ code, msg }) => {
    expect(headings).toContain(`### ${msg} (${code})`);
  });
});
