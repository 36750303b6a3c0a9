import { normalize } from 'node:path';
import { type Listing, listingOf, networksIn } from '../../../ipam/disk-listing.ts';
import { CniError } from '../../../schemas/fault.ts';
import { type Lived, livesOf } from '../attachments/lives.ts';
import { allDamaged, type DamagedRecords, damagedRecords } from '../damaged-records.ts';
import { plain } from '../terminal.ts';
import type { Tool } from '../tool.ts';
import { type Claims, claimsOf } from './claims.ts';
import { type Judged, judgedOf } from './judged.ts';
import { type StoreUser, storeUsersOf } from './networks.ts';

export type Wanted = {
  readonly dataDir: string;
  readonly file: readonly string[];
  readonly confDir: string;
  readonly onlyOurs?: true;
};

export type Surveyed = {
  readonly network: string;
  readonly listing: Listing;
  /** Attachments of the network that are recorded. */
  readonly lived: readonly Lived[];
  readonly users: readonly StoreUser[];
  readonly judged: readonly Judged[];
};

export type Survey = {
  readonly networks: readonly Surveyed[];
  readonly damagedRecords: DamagedRecords;
};

/** So many files take about a second to read. */
const MANY = 20_000;

/** Of one network, which has to be there, or of all. Reservations are read before records, which ADD writes first. */
export async function surveyOf(tool: Tool, wanted: Wanted, network?: string): Promise<Survey> {
  const allUsers = storeUsersOf(wanted, tool);
  const users = allUsers.filter(({ dataDir }) => isSameDirectory(dataDir, wanted.dataDir));
  const listings = listingsOf(tool, wanted, { network, users });
  const records = await tool.records();
  const names = new Set(listings.map((one) => one.network));
  const lived = await livesOf(
    records.filter(({ attachment }) => names.has(attachment.network)),
    tool,
  );
  const known = listings.map((one) => {
    const ofIt = lived.filter(({ record }) => record.attachment.network === one.network);
    const using = users.filter((user) => user.network === one.network);
    return { ...one, lived: ofIt, users: using, isOurs: isOurs(using, wanted) };
  });
  const damaged = damagedRecords(tool.places.stateDir, records);
  const common = { damagedRecords: allDamaged(damaged), nowMs: Date.now() };
  const judge = (claims: Claims) =>
    known.map((one) => ({ ...one, judged: judgedOf({ ...one, ...common, claims }) }));
  // Without one of which nothing is recorded, no namespace is looked into.
  const judged = judge(NOWHERE);
  const isRecorded = judged.every((one) => one.judged.every(({ address, device }) => !address || device));
  const networks = isRecorded ? judged : judge(withUnseen(await claimsOf(tool), lived));
  return { networks, damagedRecords: damaged };
}

type Listed = Pick<Surveyed, 'network' | 'listing'>;

type Known = { readonly network: string | undefined; readonly users: readonly StoreUser[] };

/** A network that is configured may hold nothing yet. */
function listingsOf({ terminal }: Tool, { dataDir }: Wanted, { network, users }: Known): Listed[] {
  const present = [...new Set([...networksIn(dataDir), ...users.map((user) => user.network)])].sort();
  if (network !== undefined && !present.includes(network)) {
    throw new CniError('unavailable', `There is no network "${network}" in ${dataDir}. See: sriov ipam list`);
  }
  return (network === undefined ? present : [network]).map((name) => ({
    network: name,
    listing: listingOf(name, dataDir, (files) => {
      if (files > MANY) terminal.tell(`Reading ${files} files of network ${plain(name)} ...\n`);
    }),
  }));
}

/** Where the namespace of an attachment is not seen, those of others may not be, either. */
function withUnseen(claims: Claims, lived: readonly Lived[]): Claims {
  const unseen = lived.flatMap(({ life }) => (life.state === 'unknown' && life.why ? [life.why] : []));
  return { ...claims, refusals: [...claims.refusals, ...unseen] };
}

const NOWHERE: Claims = { places: new Map(), refusals: [] };

export const isSameDirectory = (one: string, other: string) =>
  normalize(`${one}/`) === normalize(`${other}/`);

/**
 * Only a person can tell. A configuration or a record of sriov tells that it uses the network, not that nobody else does; one of
 * another plugin tells that somebody does, whatever the person says.
 */
export const isOurs = (
  users: readonly Pick<StoreUser, 'type'>[],
  { onlyOurs }: Pick<Wanted, 'onlyOurs'>,
): boolean => onlyOurs === true && users.every(({ type }) => type === 'sriov');
