/** The network configurations that a runtime reads. */
import { filesIn, type NodeFile } from './files.ts';

export type NamedPlugin = { readonly type: string; readonly ipamType?: string };

export type NetworkFile = {
  readonly path: string;
  readonly network?: string;
  readonly plugins: readonly NamedPlugin[];
  /** Why it is none. */
  readonly problem?: string;
};

/** As libcni takes them. */
const ENDINGS = ['.conf', '.conflist', '.json'];

export const networkFilesIn = (directory: string): NetworkFile[] =>
  filesIn(directory, ENDINGS).map(networkFileOf);

type Keys = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Keys =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function networkFileOf({ path, text, unreadable }: NodeFile): NetworkFile {
  const none = (problem: string) => ({ path, plugins: [], problem });
  if (unreadable) return none(unreadable);
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value)) return none('it is no JSON object');
    const { name, plugins = [value] } = value;
    const named = Array.isArray(plugins) ? plugins.filter(isObject).flatMap(pluginOf) : [];
    if (named.length === 0) return none('it names no plugin (type)');
    return { path, plugins: named, ...(typeof name === 'string' && { network: name }) };
  } catch (cause) {
    return none((cause as Error).message);
  }
}

function pluginOf({ type, ipam }: Keys): NamedPlugin[] {
  if (typeof type !== 'string') return [];
  const ipamType = isObject(ipam) ? ipam['type'] : undefined;
  return [{ type, ...(typeof ipamType === 'string' && { ipamType }) }];
}
