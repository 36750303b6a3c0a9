/** What network configurations tell of the store: which ranges a network has, and which plugins use it. */
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { type RangeSet, rangeSetsOf } from '../../../ipam/range-set.ts';
import { type Json, valueAt } from '../../../schemas/decode.ts';
import { CniError } from '../../../schemas/fault.ts';
import { DEFAULT_DATA_DIR } from '../../../schemas/ipam-conf.ts';
import { rangesIn } from '../../../schemas/partial-conf.ts';
import { readText } from '../../host/read-text.ts';

/** A plugin of a network configuration that takes its addresses from the store. */
export type StoreUser = {
  readonly network: string;
  /** Of the plugin: `sriov`, `bridge`, ... */
  readonly type: string;
  readonly dataDir: string;
  readonly sets: readonly RangeSet[];
  /** The file that says so. */
  readonly from: string;
};

export const CONF_DIR = '/etc/cni/net.d';

type Tell = (warning: string) => void;

/** What is in the files that were named has to be right; what is wrong in the directory is told and left out. */
export function storeUsersOf(files: readonly string[], confDir: string, tell: Tell): StoreUser[] {
  const found = confFilesIn(confDir).flatMap((file) => {
    try {
      return storeUsersIn(readText(file), file);
    } catch (cause) {
      tell(`warning: Ignoring ${file}: ${(cause as Error).message}`);
      return [];
    }
  });
  return [...files.flatMap((file) => storeUsersIn(readText(file), file)), ...found];
}

/** Those that runtimes read. */
function confFilesIn(directory: string): string[] {
  try {
    const names = readdirSync(directory).filter((name) => /\.(conf|conflist|json)$/.test(name));
    return names.sort().map((name) => `${directory}/${name}`);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw cause;
  }
}

/** Configurations, lists of them, and NetworkAttachmentDefinitions, in JSON or YAML. Throws CniError `netconf`. */
export function storeUsersIn(text: string, from: string): StoreUser[] {
  return parseAllDocuments(text)
    .flatMap((document) => {
      if (document.errors[0]) throw unusable(from, document.errors[0].message.split('\n')[0] ?? '');
      return confsIn(document.toJS(), from);
    })
    .flatMap((conf) => storeUserOf(conf, from) ?? []);
}

const unusable = (from: string, why: string) =>
  new CniError('netconf', `Cannot use ${basename(from)}: ${why}`);

function confsIn(given: unknown, from: string): Json[] {
  const definition = valueAt(given, ['spec', 'config']);
  if (typeof definition === 'string') {
    // Multus gives a configuration without a name that of its definition.
    const name = valueAt(given, ['metadata', 'name']);
    return confsIn({ name, ...parsed(definition, from) }, from);
  }
  const plugins = valueAt(given, ['plugins']);
  const name = valueAt(given, ['name']);
  if (Array.isArray(plugins)) return plugins.map((plugin) => ({ ...plugin, name }));
  return typeof given === 'object' && given !== null ? [given as Json] : [];
}

function parsed(text: string, from: string): Json {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unusable(from, `spec.config: ${(cause as Error).message}`);
  }
}

function storeUserOf(conf: Json, from: string): StoreUser | undefined {
  const [network, type, dataDir] = [['name'], ['type'], ['ipam', 'dataDir']].map((path) =>
    valueAt(conf, path),
  );
  if (valueAt(conf, ['ipam', 'type']) !== 'host-local') return undefined;
  if (typeof network !== 'string' || typeof type !== 'string') return undefined;
  const ranges = rangesIn(conf);
  return {
    network,
    type,
    dataDir: typeof dataDir === 'string' && dataDir ? dataDir : DEFAULT_DATA_DIR,
    sets: ranges ? rangeSetsOf(ranges.ipam, ranges.ipRanges) : [],
    from,
  };
}
