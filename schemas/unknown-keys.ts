/** Keys of a network configuration that nobody here reads: most of them are misspelt. */

import { type Json, valueAt } from './decode.ts';
import { Dns, IpamConf, RangeConf, RouteConf } from './ipam-conf.ts';
import { delegateOf, NetConf } from './netconf.ts';

/** Of the specification and of libcni, for the runtime, which passes them on; and an editor's. */
const OF_OTHERS = [
  '$schema',
  'cniVersions',
  'disableCheck',
  'disableGC',
  'loadOnlyInlinedPlugins',
  'cni.dev/valid-attachments',
  'cni.dev/attachments',
];

/** One sentence for each key that is not known, with the nearest one that is. */
export function unknownKeysIn(json: Json): string[] {
  return [...told(unknownKeysOf(json)), ...lackOfType(json)];
}

/** Those of `ipam` alone: the rest is the main plugin's. */
export function unknownIpamKeysIn(json: Json): string[] {
  return [...told(unknownInIpam(json)), ...lackOfType(json)];
}

/** A key that is not known at its place, and those that are. */
export type UnknownKey = {
  readonly key: string;
  /** Of what it is in, as in `ipam.ranges[0][1].`. */
  readonly path: string;
  readonly known: readonly string[];
};

export function unknownKeysOf(json: Json): UnknownKey[] {
  return [
    ...unknownIn(json, '', [...Object.keys(NetConf.shape), ...OF_OTHERS]),
    ...unknownIn(valueAt(json, ['dns']), 'dns.', Object.keys(Dns.shape)),
    ...(delegateOf(json) ? [] : unknownInIpam(json)),
  ];
}

/** Nobody reads an `ipam` without `type`, whatever else is in it. */
export function lacksIpamType(json: Json): boolean {
  const ipam = valueAt(json, ['ipam']);
  return hasKeys(ipam) && !valueAt(ipam, ['type']);
}

function lackOfType(json: Json): string[] {
  return lacksIpamType(json) ? ['ipam has no `type`: the interface gets no address'] : [];
}

function unknownInIpam(json: Json): UnknownKey[] {
  const ipam = valueAt(json, ['ipam']);
  const routes = listAt(ipam, 'routes').map((route, index) => ({ route, path: `ipam.routes[${index}].` }));
  const ranges = listAt(ipam, 'ranges').flatMap((set, index) =>
    (Array.isArray(set) ? set : []).map((range, n) => ({ range, path: `ipam.ranges[${index}][${n}].` })),
  );
  return [
    ...unknownIn(ipam, 'ipam.', Object.keys(IpamConf.shape)),
    ...routes.flatMap(({ route, path }) => unknownIn(route, path, Object.keys(RouteConf.shape))),
    ...ranges.flatMap(({ range, path }) => unknownIn(range, path, Object.keys(RangeConf.shape))),
  ];
}

function listAt(value: unknown, key: string): readonly unknown[] {
  const list = valueAt(value, [key]);
  return Array.isArray(list) ? list : [];
}

const hasKeys = (value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;

function unknownIn(value: unknown, path: string, known: readonly string[]): UnknownKey[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const names = new Set(known.map((key) => key.toLowerCase()));
  return Object.keys(value)
    .filter((key) => !names.has(key.toLowerCase()))
    .map((key) => ({ key, path, known }));
}

/** Each takes a comparison with all that are known, and a line in the log. */
const MOST_TOLD = 20;

function told(unknown: readonly UnknownKey[]): string[] {
  const sentences = unknown.slice(0, MOST_TOLD).map(unknownKeyText);
  const others = unknown.length - sentences.length;
  return others > 0 ? [...sentences, `${others} more unknown keys are ignored`] : sentences;
}

/** Comparing takes the time of the product of both lengths. */
const LONGEST = 64;

export function unknownKeyText({ key, path, known }: UnknownKey): string {
  if (key.length > LONGEST) return `A key of ${key.length} characters is ignored`;
  const nearest = nearestOf(key, known);
  return `Unknown key ${JSON.stringify(path + key)} is ignored${nearest ? `: is ${path}${nearest} meant?` : ''}`;
}

const lettersOf = (key: string) => key.toLowerCase().replace(/[^a-z0-9]/g, '');

/** The known key that takes the fewest changes of a letter, if they are few. */
export function nearestOf(key: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((other) => ({ other, changes: mistakesBetween(lettersOf(key), lettersOf(other)) }))
    .sort((one, two) => one.changes - two.changes);
  return best && best.changes <= Math.max(1, Math.floor(lettersOf(key).length / 4)) ? best.other : undefined;
}

/** Two letters that changed places are one mistake. */
function mistakesBetween(one: string, other: string): number {
  const sorted = (text: string) => [...text].sort().join('');
  return sorted(one) === sorted(other) && one !== other ? 1 : changesBetween(one, other);
}

/** Levenshtein's distance: letters to add, to remove or to replace. */
function changesBetween(one: string, other: string): number {
  let row = [...other, ''].map((_, index) => index);
  for (const [line, letter] of [...one].entries()) {
    const next = [line + 1];
    for (const [column, wanted] of [...other].entries()) {
      const replaced = (row[column] ?? 0) + (letter === wanted ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
