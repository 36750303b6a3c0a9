// Builds least.ts, as the plugin is built: node build-least.mjs OUTPUT.
import { bundle, makeSingleFile } from '../single-file.mjs';

const [, , output] = process.argv;
await bundle(new URL('least.ts', import.meta.url).pathname, `${output}.cjs`);
await makeSingleFile(`${output}.cjs`, output);
