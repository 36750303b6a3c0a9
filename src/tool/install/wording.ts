/** What install, roll-back and uninstall say of what they did. */
import type { PluginPath } from '../../host/node/runtimes.ts';
import type { Program } from '../executable/program-at.ts';
import type { Linked, Unlinked } from './host-local.ts';
import type { Installed } from './install.ts';
import type { Kept } from './keeping.ts';
import { DEFAULT_DIRECTORY, DEFAULT_NAME, HOST_LOCAL, type Place, placeOf } from './place.ts';
import type { Uninstalled } from './uninstall.ts';

export function programText(program: Program): string {
  if (program.kind === 'ours') return `version ${program.version}`;
  return program.kind === 'another' ? program.what : 'nothing';
}

/** As it has to be typed for this place. */
function whereOptions({ directory, name }: Place): string {
  const to = directory === DEFAULT_DIRECTORY ? '' : ` --to ${directory}`;
  return `${to}${name === DEFAULT_NAME ? '' : ` --name ${name}`}`;
}

export function installedText(place: Place, installed: Installed, version: string): string {
  const { path } = place;
  if (installed.change === 'none') return `${path} is version ${version} already: nothing to do.\n`;
  return `Installed version ${version} as ${path}.\n${keptText(place, installed.kept)}`;
}

function keptText(place: Place, { program, under }: Kept): string {
  if (program.kind === 'none') return '';
  const what = `What was there, ${programText(program)},`;
  if (under === undefined) return `${what} does not work, and is not kept.\n`;
  const where = whereOptions(place);
  if (under === place.previous)
    return `${what} is ${under} now: "sriov install --roll-back${where}" brings it back.\n`;
  return `${what} does not answer as a plugin. It is ${under} now: "sriov uninstall${where}" brings it back.\n`;
}

export function linkedText({ directory, name }: Place, linked: Linked): string {
  const { path, previous } = placeOf(directory, HOST_LOCAL);
  if (linked.change === 'none') return `${path} is a link to ${name} already: nothing to do.\n`;
  const { kept } = linked;
  const before = kept.kind === 'none' ? '' : ` What was there, ${programText(kept)}, is ${previous} now.`;
  return `${path} is a link to ${name} now.${before}\n`;
}

const UNLINKED: Readonly<Record<Unlinked, (path: string) => string>> = {
  'not-ours': () => '',
  removed: (path) => `Removed the link ${path}.\n`,
  restored: (path) => `${path} is again what it was.\n`,
};

export const unlinkedText = ({ directory }: Place, unlinked: Unlinked) =>
  UNLINKED[unlinked](placeOf(directory, HOST_LOCAL).path);

type Back = { readonly to: Program; readonly kept: Kept };

export function rolledBackText({ path }: Place, { to, kept: { program, under } }: Back): string {
  const fate = under === undefined ? 'does not work, and is not kept' : `is ${under} now`;
  const kept = program.kind === 'none' ? '' : ` What was there, ${programText(program)}, ${fate}.`;
  return `${path} is ${programText(to)} again.${kept}\n`;
}

export function uninstalledText(place: Place, uninstalled: Uninstalled): string {
  const { path, previous } = place;
  const { hostLocal, removed, removedPrevious, restored } = uninstalled;
  const sentences = [
    unlinkedText(place, hostLocal),
    removed.kind === 'none' ? '' : `Removed ${path}, ${programText(removed)}.\n`,
    removedPrevious.kind === 'none' ? '' : `Removed ${previous}, ${programText(removedPrevious)}.\n`,
    restored.kind === 'none' ? '' : `${path} is ${programText(restored)} again.\n`,
  ];
  return sentences.join('') || `${path} is not there: nothing to remove.\n`;
}

export const UNTRIED =
  'It was tried with the libraries of this container. Whether it starts with those of the node, only "sriov doctor" on the node tells.\n';

export function elsewhereText(
  { directory, name }: Place,
  { of, directories: [first = ''] }: PluginPath,
): string {
  const line = `sriov install${whereOptions(placeOf(first, name))}`;
  return `note: By ${of} the runtime looks for plugins in ${first}, and not in ${directory}. For that runtime: ${line}\n`;
}

const NO_RIGHT = 'Run this as root, and see whether a security module forbids it';

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'Free space there',
  EDQUOT: 'Free space there',
  EROFS: 'It is mounted read-only: install into a directory that can be written (--to)',
  EACCES: NO_RIGHT,
  EPERM: NO_RIGHT,
};

/** Node names no path where a write fails. */
export function failureText(doing: string, { code = '', message }: NodeJS.ErrnoException): string {
  const remedy = REMEDIES[code];
  return `Cannot ${doing}: ${message}${remedy === undefined ? '' : `. ${remedy}`}`;
}

const MB = 1_000_000;

export const progressText = (bytesDone: number, bytes: number) =>
  `copying: ${Math.floor(bytesDone / MB)} of ${Math.ceil(bytes / MB)} MB\n`;
