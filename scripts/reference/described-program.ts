/** The command line of the tool as one tree. */
import packageJson from '../../package.json' with { type: 'json' };
import { programOf } from '../../src/tool/program.ts';
import { type Reference, referenceOf } from '../../src/tool/reference.ts';
import type { Tool } from '../../src/tool/tool.ts';

export const VERSION = packageJson.version;

const SILENT = { print: () => {}, tell: () => {}, width: undefined, hasColors: false };

/** What a command gets it uses when it is carried out, and of this program none ever is. */
export function describedProgram(): Reference {
  return referenceOf(programOf({ version: VERSION, about: VERSION, terminal: SILENT } as unknown as Tool));
}
