/** Puts the running executable in its place, and the way back. */
import { lstatSync } from 'node:fs';
import { CniError } from '../../../schemas/fault.ts';
import { likenessOf } from '../executable/likeness.ts';
import { mustBeNoDirectory, type Program, programAt } from '../executable/program-at.ts';
import { type Copying, copyTo } from './copy.ts';
import { mustBeDirectory } from './directory.ts';
import { type Keeping, type Kept, keep } from './keeping.ts';
import { pin, rename, sweep, syncDirectory, withDraft } from './names.ts';
import type { Place } from './place.ts';

/** `identity` is that of the file which is in place now. */
export type Installed =
  | { readonly change: 'none'; readonly identity: string }
  | { readonly change: 'done'; readonly identity: string; readonly kept: Kept };

export type Installing = Copying &
  Keeping & {
    /** Throws if the file does not work as a plugin. */
    readonly tryOut: (path: string) => Promise<void>;
  };

export async function install(installing: Installing): Promise<Installed> {
  const { place, source, tryOut } = installing;
  mustBeDirectory(place.directory);
  for (const path of [place.path, place.previous, place.foreign]) mustBeNoDirectory(path);
  sweep(place);
  const present = await likenessOf(place.path, source);
  if (present.kind === 'copy') return { change: 'none', identity: present.identity };
  return withDraft(place, async (draft) => {
    const identity = await copyTo(draft, installing);
    await tryOut(draft);
    return putInPlace(installing, { draft, identity });
  });
}

type Copy = { readonly draft: string; readonly identity: string };

/** Another install may be ahead of us: what counts is what the second name holds, which nobody replaces. */
function putInPlace(installing: Installing, { draft, identity }: Copy): Promise<Installed> {
  const { place, source } = installing;
  return withDraft(place, async (second) => {
    const isThere = await pin(place, second);
    const present = await likenessOf(second, source);
    if (present.kind === 'copy') return { change: 'none', identity: present.identity };
    const isReplaced = isThere && present.kind === 'another';
    const kept = isReplaced ? await keep(second, installing) : NOTHING;
    rename(draft, place.path);
    syncDirectory(place.directory);
    return { change: 'done', identity, kept };
  });
}

const NOTHING: Kept = { program: { kind: 'none' } };

export type RolledBack = { readonly to: Program; readonly from: Program };

/** What is in place, and what was before it. */
export async function bothAt({ path, previous }: Place): Promise<RolledBack> {
  return { from: await programAt(path), to: await programAt(previous) };
}

/** Exchanges the two. */
export function rollBack(keeping: Keeping): Promise<Kept> {
  const { place } = keeping;
  return withDraft(place, async (second) => {
    const isThere = await pin(place, second);
    rename(place.previous, place.path);
    const kept = isThere ? await keep(second, keeping) : NOTHING;
    syncDirectory(place.directory);
    return kept;
  });
}

export function mustHavePrevious({ path, previous }: Place): void {
  const [now, before] = [path, previous].map((one) => lstatSync(one, { throwIfNoEntry: false }));
  if (!before)
    throw new CniError('input-output', `Cannot roll back: ${previous} is not there, so nothing was replaced`);
  // Left by an install that was killed before its last step.
  if (now?.ino === before.ino)
    throw new CniError('input-output', `Cannot roll back: ${previous} is the file that is in place`);
}
