/** What DEL would do now, in sentences: it is rehearsed. Where DEL would have to wait, time passes on the model alone. */
import { CniError } from '../../../schemas/fault.ts';
import type { AttachmentRecord } from '../../../schemas/record.ts';
import { delRecorded } from '../../attachment/del.ts';
import { identityOf, mayHaveLink, type Vf, vfLinkIn } from '../../attachment/observed.ts';
import type { Addresses, Log, World } from '../../attachment/ports.ts';
import { mayHaveChangedPf } from '../../attachment/restore.ts';
import { inNamespaceOfLink } from '../../attachment/sandbox.ts';
import { numberOfLink } from '../../host/sysfs.ts';
import { type Machine, newLink } from '../../model/machine.ts';
import type { Tool } from '../tool.ts';
import { look, modelOf, type Seen } from './model-of.ts';
import { rehearsedWorld } from './rehearsed-world.ts';

export type Surroundings = {
  /** Of this machine: what only reads is asked of it. */
  readonly real: World;
  readonly rehearsedAddresses: () => Addresses;
  /** Whether our network namespace has a link of that name. */
  readonly hasLink: (name: string) => boolean;
};

export function surroundingsOf({ world, rehearsedAddresses, places }: Tool): Surroundings {
  const hasLink = (name: string) => numberOfLink(places.sys, name) !== undefined;
  return { real: world(() => {}), rehearsedAddresses, hasLink };
}

export async function foretold(record: AttachmentRecord, surroundings: Surroundings): Promise<string[]> {
  try {
    const machine = await machineFor(record, surroundings);
    return machine ? await rehearsed(record, machine, surroundings) : [lookFor(record)];
  } catch (cause) {
    if (!(cause instanceof CniError)) throw cause;
    return [`do what cannot be foretold: ${cause.message}`];
  }
}

const lookFor = ({ device }: AttachmentRecord) =>
  `look for the link of ${device}, which is neither on the host nor in a namespace that is seen here, and fail if it does not come home`;

async function rehearsed(
  record: AttachmentRecord,
  machine: Machine,
  { real, rehearsedAddresses }: Surroundings,
): Promise<string[]> {
  const sentences: string[] = [];
  const log: Log = (level, message) => {
    if (level !== 'debug') sentences.push(message);
  };
  const world = await rehearsedWorld({ machine, record, addresses: rehearsedAddresses(), real }, log);
  try {
    await delRecorded(record, world);
    return [...sentences, 'remove the record'];
  } catch (cause) {
    if (!(cause instanceof CniError)) throw cause;
    return [...sentences, `fail, and keep the record: ${cause.message}`];
  }
}

/** Undefined if its link should be somewhere, and is not to be seen. */
async function machineFor(
  record: AttachmentRecord,
  { real, hasLink }: Surroundings,
): Promise<Machine | undefined> {
  const { before } = record;
  const device = real.host.findDevice(record.device);
  const vf: Vf = device.is === 'vf' ? device : { address: record.device, index: 0 };
  const asks = mayHaveChangedPf(before) ? 'link and PF' : 'link';
  const first = await look(real, vf, { asks, paths: [record.sandbox] });
  const isExpected = before.link && mayHaveLink(vf) && record.bootId === first.bootId;
  const seen = isExpected && !isLinkIn(first, record) ? await lookElsewhere(first, record, real) : first;
  if (!seen) return undefined;
  const machine = modelOf(seen, record);
  const names = before.link ? [before.link.name, ...(before.link.altnames ?? [])] : [];
  const taken = names.filter((name) => name !== seen.observed.home?.name && hasLink(name));
  machine.home.links.push(...taken.map((name) => newLink({ name })));
  return device.is === 'vf' ? machine : { ...machine, vfs: [] };
}

function isLinkIn({ observed, sandboxes }: Seen, record: AttachmentRecord): boolean {
  if (observed.home) return true;
  return [...sandboxes.values()].some(({ links }) => vfLinkIn(links, identityOf(record)) !== undefined);
}

/** DEL finds it too, if the pod has moved it on, or the sandbox has lost its path. */
async function lookElsewhere(seen: Seen, record: AttachmentRecord, real: World): Promise<Seen | undefined> {
  let found: Seen | undefined;
  await inNamespaceOfLink(record, real, async ({ path }) => {
    const links = await look(real, seen.vf, { asks: 'link', paths: [path] });
    found = { ...seen, sandboxes: new Map([...seen.sandboxes, ...links.sandboxes]) };
  });
  return found;
}
