/** The attachments that a runtime knows, as GC gets them. */
import { type Json, shown } from './decode.ts';
import { CniError } from './fault.ts';

export type Pair = { readonly containerID: string; readonly ifname: string };

/** The specification's 1.1.0 has two names for it; libcni sends both. */
const KEYS = ['cni.dev/valid-attachments', 'cni.dev/attachments'];

/** libcni sends a list without members as null; an absent list carries no information. */
export function validAttachmentsIn(json: Json): readonly Pair[] | undefined {
  const key = KEYS.find((known) => known in json);
  if (key === undefined) return undefined;
  const list = json[key] ?? [];
  if (Array.isArray(list) && list.every(isPair)) return list;
  throw new CniError('netconf', `${key}: expected a list of {containerID, ifname}, got ${shown(list)}`);
}

function isPair(item: unknown): item is Pair {
  const { containerID, ifname } = (item ?? {}) as Partial<Pair>;
  return typeof containerID === 'string' && typeof ifname === 'string';
}

/** The configuration with another list. */
export function withValidAttachments(json: Json, pairs: readonly Pair[]): Json {
  return { ...json, ...Object.fromEntries(KEYS.map((key) => [key, pairs])) };
}
