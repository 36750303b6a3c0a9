/** Takes our executables away, and gives their name back to who had it. */
import { lstatSync } from 'node:fs';
import { CniError } from '../../../schemas/fault.ts';
import { type Program, programAt } from '../executable/program-at.ts';
import { type Unlinked, unlinkHostLocal } from './host-local.ts';
import { removeIfThere, rename, sweep, syncDirectory } from './names.ts';
import type { Place } from './place.ts';

/** What would be taken away, or come back; of all others nothing is touched. */
export type Departure = {
  readonly removed: Program;
  readonly removedPrevious: Program;
  /** Who has the name then. */
  readonly restored: Program;
};

export type Uninstalled = Departure & { readonly hostLocal: Unlinked };

const NONE: Program = { kind: 'none' };

/** Throws if nothing there is ours. */
export async function departureOf(place: Place): Promise<Departure> {
  const [now, before] = [await programAt(place.path), await programAt(place.previous)];
  const removedPrevious = before.kind === 'ours' ? before : NONE;
  if (now.kind !== 'another') {
    const restored = before.kind === 'another' ? before : await programAt(place.foreign);
    return { removed: now, removedPrevious, restored };
  }
  if (removedPrevious.kind === 'ours') return { removed: NONE, removedPrevious, restored: NONE };
  const refusal = `${place.path} is not this plugin, but ${now.what}: it is left as it is`;
  throw new CniError('input-output', refusal);
}

export async function uninstall(place: Place): Promise<Uninstalled> {
  const departure = await departureOf(place);
  if (!lstatSync(place.directory, { throwIfNoEntry: false })) return { hostLocal: 'not-ours', ...departure };
  const hostLocal = await unlinkHostLocal(place);
  if (departure.restored.kind !== 'none') await restore(place);
  else if (departure.removed.kind !== 'none') removeIfThere(place.path);
  if (departure.removedPrevious.kind !== 'none') removeIfThere(place.previous);
  sweep(place);
  syncDirectory(place.directory);
  return { hostLocal, ...departure };
}

/** The later one of those that are not ours; the other was replaced by it. */
async function restore({ path, previous, foreign }: Place): Promise<void> {
  const isPrevious = (await programAt(previous)).kind === 'another';
  rename(isPrevious ? previous : foreign, path);
  if (isPrevious) removeIfThere(foreign);
}
