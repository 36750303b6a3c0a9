/** Where what is replaced is kept: for the way back to it, or to be brought back when we leave. */
import { open } from 'node:fs/promises';
import type { Source } from '../executable/likeness.ts';
import { type Program, programAt, READ } from '../executable/program-at.ts';
import { pin, removeIfThere, rename, withDraft } from './names.ts';
import type { Place } from './place.ts';

export type Keeping = {
  readonly place: Place;
  /** Of the running executable. */
  readonly source: Source;
  /** Whether the file answers as a plugin. */
  readonly answers: (path: string) => Promise<boolean>;
};

/** `under` is its path now; without one it is not kept. */
export type Kept = { readonly program: Program; readonly under?: string };

/** What does not work pushes out nothing that does: neither our previous version, nor the program that we replaced. */
export async function keep(pinned: string, keeping: Keeping): Promise<Kept> {
  const { place, source, answers } = keeping;
  const program = await programAt(pinned);
  if (await answers(pinned)) return keepAsPrevious(pinned, { place, program });
  const isLost = program.kind === 'ours' || (await isForeignKept(place)) || (await isPiece(pinned, source));
  if (isLost) return { program };
  rename(pinned, place.foreign);
  return { program, under: place.foreign };
}

type Working = { readonly place: Place; readonly program: Program };

async function keepAsPrevious(pinned: string, { place, program }: Working): Promise<Kept> {
  if (program.kind === 'ours') await moveForeignAside(place);
  rename(pinned, place.previous);
  if (program.kind === 'another') removeIfThere(place.foreign);
  return { program, under: place.previous };
}

/** By a second name: another install may replace what the first one stands for meanwhile. */
async function moveForeignAside(place: Place): Promise<void> {
  await withDraft(place, async (draft) => {
    const isThere = await pin({ path: place.previous }, draft);
    if (isThere && (await programAt(draft)).kind === 'another') rename(draft, place.foreign);
  });
}

async function isForeignKept({ previous, foreign }: Place): Promise<boolean> {
  return [await programAt(previous), await programAt(foreign)].some(({ kind }) => kind === 'another');
}

/** The header of an executable tells its parts, and so differs between programs. */
const HEAD = 4096;

/** A copy of ours that ended early: it begins as we do, however early it ended. */
async function isPiece(path: string, source: Source): Promise<boolean> {
  const handle = await open(path, READ).catch(() => undefined);
  if (!handle) return false;
  try {
    if (!(await handle.stat()).isFile()) return false;
    const [its, ours] = [Buffer.alloc(HEAD), Buffer.alloc(HEAD)];
    const { bytesRead } = await handle.read(its, 0, HEAD, 0);
    await source.handle.read(ours, 0, HEAD, 0);
    return its.subarray(0, bytesRead).equals(ours.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}
