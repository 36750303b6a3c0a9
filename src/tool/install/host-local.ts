/** Under the name of host-local the plugin is that plugin: a link to it, and what had the name before. */
import { lstatSync, readlinkSync, symlinkSync } from 'node:fs';
import { mustBeNoDirectory, type Program, programAt } from '../executable/program-at.ts';
import { pin, removeIfThere, rename, sweep, syncDirectory, withDraft } from './names.ts';
import { HOST_LOCAL, type Place, placeOf } from './place.ts';

const linkPlaceOf = ({ directory }: Place) => placeOf(directory, HOST_LOCAL);

export function isLinked(plugin: Place): boolean {
  const { path } = linkPlaceOf(plugin);
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return false;
  return [plugin.name, plugin.path].includes(readlinkSync(path));
}

export type Linked = { readonly change: 'none' } | { readonly change: 'done'; readonly kept: Program };

export async function linkHostLocal(plugin: Place): Promise<Linked> {
  if (isLinked(plugin)) return { change: 'none' };
  const place = linkPlaceOf(plugin);
  for (const path of [place.path, place.previous]) mustBeNoDirectory(path);
  sweep(place);
  return withDraft(place, (draft) =>
    withDraft(place, async (second) => {
      const isThere = await pin(place, second);
      const kept = isThere ? await programAt(second) : ({ kind: 'none' } as const);
      symlinkSync(plugin.name, draft);
      if (isThere) rename(second, place.previous);
      rename(draft, place.path);
      syncDirectory(place.directory);
      return { change: 'done', kept };
    }),
  );
}

/** Whether nothing would have its name if it were unlinked. */
export async function isLastHostLocal(plugin: Place): Promise<boolean> {
  return isLinked(plugin) && (await programAt(linkPlaceOf(plugin).previous)).kind === 'none';
}

export type Unlinked = 'not-ours' | 'removed' | 'restored';

/** When the plugin goes: the link would lead to nothing, or to a program that is no host-local. */
export async function unlinkHostLocal(plugin: Place): Promise<Unlinked> {
  if (!isLinked(plugin)) return 'not-ours';
  const place = linkPlaceOf(plugin);
  const isKept = (await programAt(place.previous)).kind !== 'none';
  if (isKept) rename(place.previous, place.path);
  else removeIfThere(place.path);
  syncDirectory(place.directory);
  return isKept ? 'restored' : 'removed';
}
