/** A network configuration or a conflist: which plugins it names, and what each of ours is sent. */
import { type Json, valueAt } from '../../../schemas/decode.ts';
import { nearestOf } from '../../../schemas/unknown-keys.ts';
import { type Finding, findingAt } from './finding.ts';
import { isObject, type Located } from './located.ts';
import type { Keys } from './nodes.ts';

export const OWN_TYPE = 'sriov';
/** Of what may be meant by it. */
const LONGEST_TYPE = 2 * OWN_TYPE.length;

/** What one plugin is sent. */
export type Sent = {
  readonly json: Json;
  readonly at: Located['at'];
  readonly atKey: Located['atKey'];
  /** Behind others, whose results it gets. */
  readonly isBehindOthers: boolean;
};

export type Configuration = {
  readonly sent: readonly Sent[];
  /** How many plugins are not ours. */
  readonly others: number;
  readonly findings: readonly Finding[];
  /** The plugins as they are written. */
  readonly plugins: readonly Json[];
};

/** Where there is nothing that could be read. */
export const NO_CONFIGURATION: Configuration = { sent: [], others: 0, findings: [], plugins: [] };

/** Whether somebody meant it as a configuration. */
export const looksLikeConfiguration = (json: unknown): json is Json =>
  isObject(json) && (valueAt(json, ['type']) !== undefined || valueAt(json, ['plugins']) !== undefined);

/** `networkName` is what Multus puts where a configuration has no name. */
export function configurationIn(located: Located, networkName?: string): Configuration {
  const { json } = located;
  if (!isObject(json)) {
    const problem = 'A network configuration is a JSON object, this is none';
    return { ...NO_CONFIGURATION, findings: [findingAt(located.at([]), 'no-configuration', { problem })] };
  }
  const plugins = valueAt(json, ['plugins']) ?? undefined;
  const name = valueAt(json, ['name']) || networkName;
  const named: Json = name === undefined ? json : { ...withoutName(json), name };
  return plugins === undefined
    ? pluginIn({ ...located, json: named, isBehindOthers: false })
    : listIn({ ...located, json: named }, plugins);
}

const withoutName = (json: Json): Json =>
  Object.fromEntries(Object.entries(json).filter(([key]) => key.toLowerCase() !== 'name'));

function pluginIn(sent: Sent, keys: Keys = []): Configuration {
  const type = valueAt(sent.json, ['type']);
  const plugins = [sent.json];
  if (typeof type !== 'string' || type === '') {
    const problem = `${keys.length > 0 ? 'This plugin' : 'This configuration'} has no "type"`;
    const remedy = 'Name the executable that the runtime has to start, such as "sriov"';
    return {
      ...NO_CONFIGURATION,
      plugins,
      findings: [findingAt(sent.at(['type']), 'missing-type', { problem, remedy })],
    };
  }
  if (type === OWN_TYPE) return { ...NO_CONFIGURATION, plugins, sent: [sent] };
  return { ...NO_CONFIGURATION, plugins, others: 1, findings: misspelt(sent, type) };
}

function misspelt({ at }: Sent, type: string): Finding[] {
  if (type.length > LONGEST_TYPE || !nearestOf(type, [OWN_TYPE])) return [];
  const problem = `The type is ${JSON.stringify(type)}, of which the runtime finds no plugin: is "${OWN_TYPE}" meant?`;
  return [findingAt(at(['type']), 'misspelt-type', { problem })];
}

/** libcni gives each plugin the name and the version of the list. */
const OF_LIST = ['name', 'cniversion'];

function listIn(list: Located & { readonly json: Json }, plugins: unknown): Configuration {
  if (!Array.isArray(plugins) || plugins.length === 0) {
    const problem = `"plugins" is ${Array.isArray(plugins) ? 'empty' : 'no list'}: the runtime has nothing to start`;
    return { ...NO_CONFIGURATION, findings: [findingAt(list.at(['plugins']), 'no-plugins', { problem })] };
  }
  return together(plugins.map((plugin: unknown, index) => oneOf(list, plugin, index)));
}

function oneOf(list: Located & { readonly json: Json }, plugin: unknown, index: number): Configuration {
  const of = (keys: Keys) =>
    OF_LIST.includes(String(keys[0]).toLowerCase()) ? keys : ['plugins', index, ...keys];
  const sent: Sent = {
    json: sentBy(list.json, isObject(plugin) ? plugin : {}),
    at: (keys) => list.at(of(keys)),
    atKey: (keys) => list.atKey(of(keys)),
    isBehindOthers: index > 0,
  };
  return pluginIn(sent, ['plugins', index]);
}

function sentBy(list: Json, plugin: Json): Json {
  const own = Object.entries(plugin).filter(([key]) => !OF_LIST.includes(key.toLowerCase()));
  const inherited = Object.entries(list).filter(([key]) => OF_LIST.includes(key.toLowerCase()));
  return Object.fromEntries([...own, ...inherited]);
}

function together(parts: readonly Configuration[]): Configuration {
  return {
    sent: parts.flatMap(({ sent }) => sent),
    others: parts.reduce((sum, { others }) => sum + others, 0),
    findings: parts.flatMap(({ findings }) => findings),
    plugins: parts.flatMap(({ plugins }) => plugins),
  };
}
