/** What is reserved on this node, read without a lock: for a person, who may look at a moment in between. */
import { readdirSync, statSync } from 'node:fs';
import { beginningOf, unlessGone } from '../../../ipam/disk-call.ts';
import { holderOf } from '../../../ipam/disk-layout.ts';
import { parseIp } from '../../../schemas/ip.ts';

export type Reservation = {
  readonly address: string;
  readonly path: string;
  /** Empty if the reservation names nobody. */
  readonly containerId: string;
  readonly ifName?: string;
  readonly sinceMs: number;
};

export type StoredNetwork = {
  readonly network: string;
  readonly directory: string;
  readonly reservations: readonly Reservation[];
  /** Files that were put aside. */
  readonly damaged: readonly string[];
};

const namesIn = (directory: string) => unlessGone(() => readdirSync(directory).sort()) ?? [];
const isDirectory = (path: string) => unlessGone(() => statSync(path))?.isDirectory() === true;

export function storedNetworks(dataDir: string): StoredNetwork[] {
  return namesIn(dataDir).flatMap((network) => {
    const directory = `${dataDir}/${network}`;
    return isDirectory(directory) ? [storedIn(network, directory)] : [];
  });
}

function storedIn(network: string, directory: string): StoredNetwork {
  const names = namesIn(directory);
  return {
    network,
    directory,
    reservations: names
      .filter((name) => parseIp(name))
      .flatMap((address) => reservationAt(`${directory}/${address}`, address)),
    damaged: names.filter((name) => /\.damaged(\.\d+)?$/.test(name)).map((name) => `${directory}/${name}`),
  };
}

/** One that goes meanwhile is none. */
function reservationAt(path: string, address: string): Reservation[] {
  const found = unlessGone(() => statSync(path));
  const content = found?.isFile() ? unlessGone(() => beginningOf(path)) : undefined;
  if (!found || content === undefined) return [];
  const { containerId, ifName } = holderOf(content);
  return [{ address, path, containerId, ...(ifName !== undefined && { ifName }), sinceMs: found.mtimeMs }];
}
