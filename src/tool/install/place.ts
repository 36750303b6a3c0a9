/** The names that belong to one plugin in a directory of plugins. Whatever is no plugin begins with a dot: no runtime asks for such a type. */
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';

export const DEFAULT_DIRECTORY = '/opt/cni/bin';
export const DEFAULT_NAME = 'sriov';
export const HOST_LOCAL = 'host-local';

export type Place = {
  readonly directory: string;
  readonly name: string;
  readonly path: string;
  /** What was there before, for the way back. */
  readonly previous: string;
  /** The last program of somebody else that had the name, where `previous` is a later one. */
  readonly foreign: string;
};

export function placeOf(directory: string, name: string): Place {
  const hidden = `${directory}/.${name}`;
  return {
    directory,
    name,
    path: `${directory}/${name}`,
    previous: `${hidden}.previous`,
    foreign: `${hidden}.foreign`,
  };
}

/** Of a file that is not yet, or no longer, what the name stands for. */
const draftPrefixOf = ({ name }: Place) => `.${name}.new-`;

/** A path that nobody else has, also not in another container with the same directory. */
export const newDraft = (place: Place) =>
  `${place.directory}/${draftPrefixOf(place)}${randomBytes(8).toString('hex')}`;

export function isDraftOf(place: Place, file: string): boolean {
  const prefix = draftPrefixOf(place);
  return file.startsWith(prefix) && /^[0-9a-f]{16}$/.test(file.slice(prefix.length));
}

const NAME = /^[a-zA-Z0-9][\w.-]*$/;

/** For commander. */
export function parseName(text: string): string {
  if (text === HOST_LOCAL)
    throw new InvalidArgumentError('Under this name it would be another plugin: use --host-local.');
  if (!NAME.test(text)) throw new InvalidArgumentError('Expected a file name, such as sriov.');
  return text;
}

/** For commander. */
export function parseDirectory(text: string): string {
  if (text === '') throw new InvalidArgumentError(`Expected a directory, such as ${DEFAULT_DIRECTORY}.`);
  return resolve(text);
}
