/** What install, roll-back and uninstall say of what they did. */
import type { PluginPath } from '../../host/node/runtimes.ts';
import type { Linked, Unlinked } from './host-local.ts';
import type { Installed, RolledBack } from './install.ts';
import { DEFAULT_DIRECTORY, DEFAULT_NAME, HOST_LOCAL, type Place, placeOf } from './place.ts';
import type { Program } from './program-at.ts';
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
  const { path, previous } = place;
  if (installed.change === 'none') return `${path} is version ${version} already: nothing to do.\n`;
  const way = `"sriov install --roll-back${whereOptions(place)}" brings it back`;
  const { kept } = installed;
  const before =
    kept.kind === 'none' ? '' : `What was there, ${programText(kept)}, is ${previous} now: ${way}.\n`;
  return `Installed version ${version} as ${path}.\n${before}`;
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

export function rolledBackText({ path, previous }: Place, { from, to }: RolledBack): string {
  const kept = from.kind === 'none' ? '' : ` What was there, ${programText(from)}, is ${previous} now.`;
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
