/** The rules of ARCHITECTURE.md that can be read off the source text. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { NetConf } from '../schemas/netconf.ts';

const ROOT = `${import.meta.dirname}/..`;
const PRODUCT = ['cmd', 'src', 'ipam', 'schemas'];

type Source = { readonly path: string; readonly text: string };
type Import = { readonly from: Source; readonly target: string; readonly isTypeOnly: boolean };

function sourcesOf(...folders: readonly string[]): Source[] {
  return folders.flatMap((folder) =>
    readdirSync(`${ROOT}/${folder}`, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => ({
        path: `${folder}/${name}`,
        text: readFileSync(`${ROOT}/${folder}/${name}`, 'utf8'),
      })),
  );
}

const product = sourcesOf(...PRODUCT);
const tests = sourcesOf('test');

const STATEMENT = /^(?:import|export)\s+(type\s)?(?:[^;'"]*?\sfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm;

/** Targets in our own tree are paths from its root. */
function importsOf(from: Source): Import[] {
  return [...from.text.matchAll(STATEMENT)].map(([, type, named, dynamic = '']) => {
    const target = named ?? dynamic;
    const path = target.startsWith('.') ? normalize(`${dirname(from.path)}/${target}`) : target;
    return { from, target: path, isTypeOnly: type !== undefined };
  });
}

const line = ({ from, target }: Import) => `${from.path} imports ${target}`;

/** What each part may import; the first entry that a file belongs to counts. */
const TABLE: readonly { files: RegExp; may: RegExp; mayAsType?: RegExp }[] = [
  { files: /^schemas\//, may: /^(schemas\/|zod\/mini$|ip-address$)/ },
  { files: /^ipam\/disk-/, may: /^(ipam\/|schemas\/|node:)/ },
  { files: /^ipam\//, may: /^(ipam\/|schemas\/)/ },
  { files: /^src\/cni\//, may: /^(src\/cni\/|schemas\/)/ },
  { files: /^src\/attachment\//, may: /^(src\/attachment\/|schemas\/)/ },
  {
    files: /^src\/host\//,
    may: /^(src\/host\/|schemas\/|node:|execa$|zod\/mini$)/,
    mayAsType: /^src\/attachment\//,
  },
  { files: /^src\/model\//, may: /^(src\/model\/|src\/attachment\/|schemas\/)/ },
  { files: /^src\/tool\//, may: /^(src\/|ipam\/|schemas\/|node:|commander$|yaml$|zod\/mini$)/ },
  { files: /^cmd\/sriov\//, may: /^(cmd\/sriov\/|src\/|ipam\/|schemas\/|node:)/ },
];

function isAllowed({ from, target, isTypeOnly }: Import): boolean {
  const row = TABLE.find(({ files }) => files.test(from.path));
  return (
    row !== undefined && (row.may.test(target) || (isTypeOnly && (row.mayAsType?.test(target) ?? false)))
  );
}

/** Lines of the files that match, as `path: text`. */
function linesWith(sources: readonly Source[], pattern: RegExp): string[] {
  return sources.flatMap(({ path, text }) =>
    text
      .split('\n')
      .filter((one) => pattern.test(one))
      .map((one) => `${path}: ${one.trim()}`),
  );
}

const filesWith = (sources: readonly Source[], pattern: RegExp) =>
  sources.filter(({ text }) => pattern.test(text)).map(({ path }) => path);

const outside = (...folders: readonly string[]) =>
  product.filter(({ path }) => !folders.some((folder) => path.startsWith(folder)));

describe('imports', () => {
  test('the source files are found', () => {
    expect(product.length).toBeGreaterThan(40);
    expect(product.flatMap(importsOf).length).toBeGreaterThan(100);
  });

  test('every part imports only what it may', () => {
    expect(
      product
        .flatMap(importsOf)
        .filter((one) => !isAllowed(one))
        .map(line),
    ).toEqual([]);
  });

  test('nobody imports cmd, scripts or test', () => {
    const foreign = product.flatMap(importsOf).filter(({ from, target }) => {
      const isOwn = from.path.startsWith('cmd/') && target.startsWith(dirname(from.path));
      return /^(cmd|scripts|test)\//.test(target) && !isOwn;
    });
    expect(foreign.map(line)).toEqual([]);
  });

  test('no file is imported, by whatever way, by one that it imports itself', () => {
    const imports = new Map(
      product.map((source) => [
        source.path,
        importsOf(source)
          .filter((one) => !one.isTypeOnly)
          .map(({ target }) => target),
      ]),
    );
    const reached = (path: string, seen: Set<string>): Set<string> => {
      for (const target of imports.get(path) ?? []) if (!seen.has(target)) reached(target, seen.add(target));
      return seen;
    };
    expect([...imports.keys()].filter((path) => reached(path, new Set()).has(path))).toEqual([]);
  });
});

describe('the process', () => {
  test('standard output has one writer in the plugin, and one in the tool', () => {
    const writers = linesWith(product, /process\.stdout\.write|writeSync\(1\b|writeAll\((STDOUT|stdout)/);
    expect(writers).toEqual([
      expect.stringMatching(/^cmd\/sriov\/runtime\.ts: writeAll\(stdout, output\.stdout\)/),
      'cmd/sriov/tool.ts: const answer = outletTo((text) => writeAll(STDOUT, text));',
    ]);
  });

  test('nothing is written by way of the console', () => {
    expect(filesWith(product, /\bconsole\./)).toEqual([]);
  });

  test('only cmd knows its own process', () => {
    expect(linesWith(outside('cmd/'), /\bprocess\.(env|argv|exit|stdin|std)/)).toEqual([]);
  });

  test('children are started in two places: those that are kept, and the others', () => {
    expect(filesWith(product, /from '(execa|node:child_process)'/)).toEqual([
      'src/host/conversation.ts',
      'src/host/run-child.ts',
    ]);
  });

  test('no shell is started, nor a program by a name that PATH would resolve', () => {
    expect(
      linesWith(product, /\bshell:|execaCommand|(?<![.\w])(exec|execFile|fork)(Sync)?\(|\/(ba)?sh\b/),
    ).toEqual([]);
    expect(linesWith(product, /\b(spawn|execa)(Sync)?\(/)).toEqual([
      'src/host/conversation.ts: const child = execa(pathOf(program), args, {',
      'src/host/run-child.ts: const { status } = spawnSync(pathOf(program), args, {',
      'src/host/run-child.ts: const child = spawn(path, args, {',
    ]);
  });

  test('nothing waits but the one function that tries again, and that for children', () => {
    expect(filesWith(product, /\bpause\(/)).toEqual(['src/attachment/retry.ts']);
    expect(filesWith(product, /setTimeout|setInterval/)).toEqual([
      'cmd/sriov/world.ts',
      'src/host/run-child.ts',
      'src/tool/watch.ts',
    ]);
  });
});

describe('one list of everything', () => {
  const keys = Object.keys(NetConf.shape).filter((key) => /[A-Z_]/.test(key));
  /** Words of the protocol, and of `ip`, too. */
  const ofOthers = ['cniVersion', 'prevResult', 'min_tx_rate', 'max_tx_rate', 'link_state'];

  test('the keys of the network configuration stand only in its schema', () => {
    const own = keys.filter((key) => !ofOthers.includes(key));
    expect(own).toContain('vlanQoS');
    expect(
      linesWith(outside('schemas/', 'cmd/sriov/warm-up.ts'), new RegExp(`['"](${own.join('|')})['"]`)),
    ).toEqual([]);
  });

  test('their spelling becomes ours in one file', () => {
    expect(filesWith(outside('schemas/', 'cmd/sriov/warm-up.ts'), /vlanQoS|runtimeConfig/)).toEqual([
      'src/attachment/desired.ts',
    ]);
  });

  test('every dependency is pinned to one version', () => {
    const Package = z.object({
      dependencies: z.record(z.string(), z.string()),
      devDependencies: z.record(z.string(), z.string()),
    });
    const { dependencies, devDependencies } = Package.parse(
      JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')),
    );
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
    );
    expect(loose).toEqual([]);
  });
});

describe('size and names', () => {
  const all = [...product, ...tests, ...sourcesOf('scripts')];

  test('no file has more than 250 lines', () => {
    const long = all.map(({ path, text }) => `${path}: ${text.split('\n').length - 1}`);
    expect(long.filter((one) => Number(one.split(': ')[1]) > 250)).toEqual([]);
  });

  test('no function has more than 40 lines of its own', () => {
    expect(product.flatMap(longFunctionsIn)).toEqual([]);
  });

  test('no file is named after nothing', () => {
    const drawer = /(^|[-/])(utils?|helpers?|managers?|common|base|impl|misc|core)([-./]|$)/;
    expect(all.map(({ path }) => path).filter((path) => drawer.test(path))).toEqual([]);
  });

  test('no test is skipped, alone, or to be written, and no module is mocked', () => {
    expect(linesWith(tests, /\b(test|it|describe)\.(skip|only|todo)\b|\bvi\.(mock|doMock)\b/)).toEqual([]);
  });
});

type Opened = { readonly indent: string; readonly name: string; readonly start: number; nested: number };

/** Functions of more than 40 lines, without those of the functions inside them. */
function longFunctionsIn({ path, text }: Source): string[] {
  const long: string[] = [];
  const open: Opened[] = [];
  for (const [number, one] of text.split('\n').entries()) {
    const [, indent, name] = /^(\s*)(?:export )?(?:async )?function (\w+)/.exec(one) ?? [];
    if (indent !== undefined && name !== undefined) open.push({ indent, name, start: number, nested: 0 });
    const innermost = open.at(-1);
    if (!innermost || one !== `${innermost.indent}}`) continue;
    open.pop();
    const lines = number - innermost.start + 1;
    const outer = open.at(-1);
    if (outer) outer.nested += lines;
    if (lines - innermost.nested > 40) long.push(`${path}: ${innermost.name} ${lines - innermost.nested}`);
  }
  return long;
}
