import type { AttachmentRecord } from '../../schemas/record.ts';
import { namesIn } from '../host/node/files.ts';

export type DamagedRecords = {
  /** In the place of a record: nobody knows what is attached by it. */
  readonly inPlace: readonly string[];
  /** Put aside by a command that went on without it. */
  readonly aside: readonly string[];
};

/** Files below the directory that were records; `records` are those that can be read. */
export function damagedRecords(
  directory: string,
  records: readonly Pick<AttachmentRecord, 'device' | 'origin'>[],
): DamagedRecords {
  const sound = new Set(records.filter(({ origin }) => !origin).map(({ device }) => `${device}.json`));
  const names = namesIn(directory).filter((name) => !sound.has(name));
  const paths = (pattern: RegExp) =>
    names.filter((name) => pattern.test(name)).map((name) => `${directory}/${name}`);
  return { inPlace: paths(/\.json$/), aside: paths(/\.json\.damaged(\.\d+)?$/) };
}

export const allDamaged = ({ inPlace, aside }: DamagedRecords) => [...inPlace, ...aside];
