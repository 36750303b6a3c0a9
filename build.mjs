// npm run build: the sources -> one bundle -> a Node executable with a startup snapshot -> dist/sriov.
// Why each step is there, and what it saves, is told in docs/decisions/single-file-executable.md.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { bundle, makeSingleFile } from './scripts/single-file.mjs';

const BUNDLE = resolve('dist/sriov.cjs');
const TOOL = resolve('dist/tool.cjs');
const EXECUTABLE = resolve('dist/sriov');

/** Every kilobyte in the snapshot is latency at every start. */
const BUNDLE_BUDGET_KB = 400;

const say = (line) => process.stdout.write(`${line}\n`);

/**
 * For `import fs from 'node:fs'` esbuild copies all that the module has to a new object, as getters: a thousand functions in
 * the snapshot. By their prototype such objects have the same.
 */
function inheritBuiltins(file) {
  const copy = /[\w$]+\(require\("(node:[\w/]+)"\),1\)/g;
  const text = readFileSync(file, 'utf8');
  if (!copy.test(text)) throw new Error('esbuild copies built-ins in another way: see inheritBuiltins()');
  writeFileSync(file, text.replace(copy, '{__proto__:require("$1"),default:require("$1")}'));
}

/** Which packages the bundle is made of, the largest first. */
function report(name, { bytes, inputs }) {
  const sizes = new Map();
  for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
    const name = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? 'ours';
    sizes.set(name, (sizes.get(name) ?? 0) + bytesInOutput);
  }
  const kb = (size) => `${(size / 1024).toFixed(1)} KB`;
  const largest = [...sizes].sort(([, a], [, b]) => b - a).slice(0, 8);
  say(`${name} ${kb(bytes)}: ${largest.map(([name, size]) => `${name} ${kb(size)}`).join(', ')}`);
  return bytes;
}

mkdirSync('dist', { recursive: true });
const bytes = report('bundle', await bundle('cmd/sriov/main.ts', BUNDLE));
if (bytes > BUNDLE_BUDGET_KB * 1024)
  throw new Error(`The bundle exceeds its budget of ${BUNDLE_BUDGET_KB} KB`);
inheritBuiltins(BUNDLE);
report('tool', await bundle('cmd/sriov/tool.ts', TOOL));
const isTrimmed = await makeSingleFile(BUNDLE, EXECUTABLE, { 'tool.cjs': TOOL }).catch((cause) => {
  // The bundle is one long line: of what the snapshot builder says, only its own words can be read.
  const words = /^Error: [\s\S]*?(?=\n +at )/m.exec(cause.cause?.stderr ?? '')?.[0];
  throw words ? new Error(words) : cause;
});
if (!isTrimmed) say('code cache of the built-ins not found: each start takes 4 ms longer');
say(`built ${EXECUTABLE}`);
