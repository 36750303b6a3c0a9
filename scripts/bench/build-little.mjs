// Builds little.ts, as the plugin is built: node build-little.mjs OUTPUT.
import { fileURLToPath } from 'node:url';
import { bundle, makeSingleFile } from '../single-file.mjs';

const [, , output] = process.argv;
await bundle(fileURLToPath(new URL('little.ts', import.meta.url)), `${output}.cjs`);
if (!(await makeSingleFile(`${output}.cjs`, output)))
  throw new Error('The code cache of the built-ins was not found: it would be measured, too');
