/** What network configurations tell of the store: which ranges a network has, and which plugins use it. */
import { readdirSync } from 'node:fs';
import { type RangeSet, rangeSetsOf } from '../../../ipam/range-set.ts';
import { type Json, valueAt } from '../../../schemas/decode.ts';
import { CniError } from '../../../schemas/fault.ts';
import { DEFAULT_DATA_DIR } from '../../../schemas/ipam-conf.ts';
import { rangesIn } from '../../../schemas/partial-conf.ts';
import { NetworkName } from '../../../schemas/words.ts';
import { pluginsIn } from '../netconf-file.ts';
import { plain } from '../terminal.ts';
import type { Tool } from '../tool.ts';
import { nameOf, readSource } from '../validate/read-source.ts';
import type { Source } from '../validate/source.ts';

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

type Sought = { readonly file: readonly string[]; readonly confDir: string };
type Reading = Pick<Tool, 'readStdin' | 'terminal'>;

/** What is in the files that were named has to be right; what is wrong in the directory is told and left out. */
export function storeUsersOf({ file, confDir }: Sought, tool: Reading): StoreUser[] {
  const usersIn = (one: string) => storeUsersIn(readSource(one, tool));
  const found = confFilesIn(confDir).flatMap((one) => {
    try {
      return usersIn(one);
    } catch (cause) {
      if (!(cause instanceof CniError)) throw cause;
      tool.terminal.tell(`warning: ${plain(cause.message)}. It is ignored.\n`);
      return [];
    }
  });
  return [...file.flatMap((one) => told(usersIn(one), one, tool)), ...found];
}

function told(users: readonly StoreUser[], file: string, { terminal }: Reading): readonly StoreUser[] {
  const why = 'it has no name, or its ipam is not of the type host-local';
  if (users.length === 0) terminal.tell(`warning: ${plain(nameOf(file))} tells no ranges: ${why}.\n`);
  return users;
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

/** Throws CniError `netconf` if there is anything wrong with the source. */
export function storeUsersIn(source: Source): StoreUser[] {
  return pluginsIn(source).flatMap((conf) => {
    try {
      return storeUserOf(conf, source.file) ?? [];
    } catch (cause) {
      throw new CniError('netconf', `Cannot use ${source.file}: ${(cause as Error).message}`, { cause });
    }
  });
}

function storeUserOf(conf: Json, from: string): StoreUser | undefined {
  const [network, type, dataDir] = [['name'], ['type'], ['ipam', 'dataDir']].map((path) =>
    valueAt(conf, path),
  );
  if (valueAt(conf, ['ipam', 'type']) !== 'host-local') return undefined;
  if (!NetworkName.safeParse(network).success || typeof type !== 'string') return undefined;
  const ranges = rangesIn(conf);
  return {
    network: network as NetworkName,
    type,
    dataDir: typeof dataDir === 'string' && dataDir ? dataDir : DEFAULT_DATA_DIR,
    sets: ranges ? rangeSetsOf(ranges.ipam, ranges.ipRanges) : [],
    from,
  };
}
