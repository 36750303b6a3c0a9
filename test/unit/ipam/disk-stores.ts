/** Stores on disk, each in a directory of its own, and what another program puts there. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { diskReservations } from '../../../ipam/disk-reservations.ts';
import { hostLocal } from '../../../ipam/host-local.ts';
import { makeDirectory } from '../../../src/host/make-directory.ts';
import { emptyDirectory } from './directories.ts';
import { serialLock } from './serial-lock.ts';

export function freshDiskStore() {
  const dataDir = emptyDirectory();
  const { withLock, asked } = serialLock();
  const warnings: string[] = [];
  const reservations = diskReservations(
    { withLock, makeDirectory },
    { warn: (sentence) => warnings.push(sentence) },
  );
  return { dataDir, net: `${dataDir}/net`, asked, warnings, reservations, ...hostLocal(reservations) };
}

/** Files as another program leaves them. */
export function plant(directory: string, files: Record<string, string | Buffer>): void {
  mkdirSync(directory, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(`${directory}/${name}`, content);
}
