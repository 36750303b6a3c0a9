/** What sriov-cni left: attachments that we understand, and its bare claims, each with whether its pod lives. */
import { readdirSync } from 'node:fs';
import { parseSriovCniCache } from '../../../schemas/sriov-cni-cache.ts';
import { PciAddress } from '../../../schemas/words.ts';
import type { World } from '../../attachment/ports.ts';
import { withLivingSandbox } from '../../attachment/sandbox.ts';
import { isThere, namesIn } from '../../host/node/files.ts';
import { readText } from '../../host/read-text.ts';
import { isOver } from '../attachments/life.ts';
import { isInSight, type Lived } from '../attachments/lives.ts';
import type { SriovCniFacts } from './sriov-cni.ts';

/** `living`, `gone`, or why nothing tells. */
type Judgement = { readonly device: string; readonly is: 'living' | 'gone' | { readonly doubt: string } };

export async function sriovCniLeft(
  directory: string,
  lived: readonly Lived[],
  world: World,
): Promise<SriovCniFacts> {
  const foreign = lived.filter(({ record }) => record.origin !== undefined);
  const judgements = [...foreign.map(ofAttachment), ...(await claimsIn(directory, world))];
  const known = new Set<string>(foreign.map(({ record }) => record.device));
  return {
    directory,
    files: filesBelow(directory),
    living: [...new Set(judgements.flatMap(({ device, is }) => (is === 'living' ? [device] : [])))],
    doubts: [
      ...judgements.flatMap(({ device, is }) => (typeof is === 'object' ? [`${device}: ${is.doubt}`] : [])),
      ...cachesIn(directory).flatMap((path) => doubtOfCache(path, known) ?? []),
    ],
  };
}

function ofAttachment({ record: { device }, life }: Lived): Judgement {
  if (life.state === 'unknown') return { device, is: { doubt: life.why ?? life.state } };
  return { device, is: isOver(life) ? 'gone' : 'living' };
}

async function claimsIn(directory: string, world: World): Promise<Judgement[]> {
  const judgements: Judgement[] = [];
  for (const name of namesIn(`${directory}/pci`)) {
    const device = PciAddress.safeParse(name).data;
    if (device) judgements.push({ device, is: await ofClaim(device, world) });
  }
  return judgements;
}

async function ofClaim(device: PciAddress, world: World): Promise<Judgement['is']> {
  const path = await world.records.claimOfOthers(device);
  if (path === undefined) return { doubt: 'its claim cannot be read' };
  return withLivingSandbox(world, [path], async (sandbox) => {
    if (sandbox || world.host.isOwn(path, undefined)) return 'living';
    return isInSight(path) ? 'gone' : { doubt: `nothing is seen of where ${path} would be` };
  });
}

const entriesIn = (directory: string, recursive: boolean) =>
  isThere(directory) ? readdirSync(directory, { recursive, withFileTypes: true }) : [];

/** Locks are no attachments. */
const isKept = (entry: { readonly name: string; isFile(): boolean }) =>
  entry.isFile() && !entry.name.endsWith('.lock');

const filesBelow = (directory: string) => entriesIn(directory, true).filter(isKept).length;

const cachesIn = (directory: string) =>
  entriesIn(directory, false)
    .filter(isKept)
    .map(({ name }) => `${directory}/${name}`);

/** Undefined of one that is an attachment. */
function doubtOfCache(path: string, known: ReadonlySet<string>): string | undefined {
  try {
    const { deviceID } = parseSriovCniCache(JSON.parse(readText(path)));
    return known.has(deviceID) ? undefined : `${path} tells of no attachment that is understood`;
  } catch (cause) {
    return `cannot read ${path}: ${(cause as Error).message}`;
  }
}
