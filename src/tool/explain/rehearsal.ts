/** An ADD and the DEL behind it, with all that is the plugin's own but the machine, which is a model. */
import { CniError, FAULTS } from '../../../schemas/fault.ts';
import type { AttachmentRecord } from '../../../schemas/record.ts';
import type { AddRequest } from '../../../schemas/request.ts';
import type { Result } from '../../../schemas/result.ts';
import { add } from '../../attachment/add.ts';
import { del } from '../../attachment/del.ts';
import { isDead } from '../../attachment/holders.ts';
import { loggedHost } from '../../attachment/logged-host.ts';
import type { Addresses, Delegates, Host, Log, World } from '../../attachment/ports.ts';
import type { Machine } from '../../model/machine.ts';
import { memoryRecords } from '../../model/memory-records.ts';
import { modelHost } from '../../model/model-host.ts';

export type Rehearsal = {
  /** Sentences, in order. */
  readonly changes: readonly string[];
  /** What DEL does then. */
  readonly restore: readonly string[];
  readonly warnings: readonly string[];
  readonly result?: Result;
  readonly refusal?: Refusal;
};

/** As the plugin would answer. */
export type Refusal = { readonly code: number; readonly msg: string; readonly details: string };

export function refusalOf(cause: CniError): Refusal {
  const { code, msg, details } = cause.answer('');
  return { code, msg, details };
}

export type Stage = {
  readonly machine: Machine;
  readonly record: AttachmentRecord | undefined;
  /** Path of the sandbox for which another program has the VF. */
  readonly claim: string | undefined;
  /** Of all attachments of this machine. */
  readonly records: readonly AttachmentRecord[];
  readonly addresses: Addresses;
  /** Of the machine itself: what only reads is asked of it. */
  readonly real: World;
};

/** Each attempt is made on a model of its own. */
export async function rehearse(request: AddRequest, setStage: () => Promise<Stage>): Promise<Rehearsal> {
  const stage = await setStage();
  const first = await attempt(request, stage);
  if (!first.refusal || !SHORTAGES.includes(first.refusal.code)) return first;
  const ended = await endDead(request, stage);
  if (ended.length === 0) return first;
  const { changes, ...again } = await attempt(request, await setStage());
  return { ...again, changes: again.refusal ? [] : [...ended, ...changes] };
}

const SHORTAGES: readonly number[] = [FAULTS['no-free-address'].code, FAULTS['address-taken'].code];

/** As ADD does where addresses are short: what is proved dead gives its addresses back. */
async function endDead({ attachment }: AddRequest, { record, records, addresses, real }: Stage) {
  const sentences: string[] = [];
  for (const one of records) {
    const isOther = one.device !== record?.device && one.attachment.network === attachment.network;
    if (!isOther || !(await isDead(one, real))) continue;
    await addresses.release(one.attachment, one.addresses.dataDir, one.addresses.held);
    sentences.push(`end the dead attachment of ${one.device} to container ${one.attachment.containerId}`);
  }
  return sentences;
}

async function attempt(request: AddRequest, stage: Stage): Promise<Rehearsal> {
  const told = { changes: [] as string[], warnings: [] as string[] };
  const log: Log = (level, message) => {
    if (level === 'info') told.changes.push(message);
    if (level === 'warning' || level === 'error') told.warnings.push(message);
  };
  const world = await worldOn(stage, log);
  try {
    const result = await add(request, world);
    const changes = told.changes.splice(0);
    await del({ attachment: request.attachment, sandbox: request.sandbox, conf: {} }, world);
    return { ...told, changes, restore: told.changes, result };
  } catch (cause) {
    if (!(cause instanceof CniError)) throw cause;
    return { changes: [], restore: [], warnings: told.warnings, refusal: refusalOf(cause) };
  }
}

async function worldOn({ machine, record, claim, addresses, real }: Stage, log: Log): Promise<World> {
  const records = memoryRecords(machine.steps);
  if (record) await records.write(record);
  if (claim !== undefined) records.claims.set(machine.vfs[0]?.address ?? '', claim);
  return {
    ...real,
    host: loggedHost(hostOn(machine, real.host), log),
    records,
    addresses: toldAddresses(addresses, log),
    delegates: untried(real.delegates, log),
    deviceInfo: {
      write: (path) => log('info', `write the device information to ${path}`),
      remove: (path) => log('info', `remove ${path}`),
    },
    withLock: async (device, action) => {
      machine.locked.add(device);
      return action().finally(() => machine.locked.delete(device));
    },
    log,
    pause: async (ms) => machine.clock.pass(ms),
    whileUndoing: (action) => action(),
  };
}

/** Devices beside the VF are as they are. */
function hostOn(machine: Machine, real: Host): Host {
  const host = modelHost(machine);
  const isModelled = (address: string) => machine.vfs.some((vf) => vf.address === address);
  return {
    ...host,
    findDevice: (address) => (isModelled(address) ? host : real).findDevice(address),
  };
}

function toldAddresses(addresses: Addresses, log: Log): Addresses {
  return {
    ...addresses,
    plan: (wanted, dataDir) => {
      const plan = addresses.plan(wanted, dataDir);
      return {
        ...plan,
        reserve: async (owner, intend) => {
          const grant = await plan.reserve(owner, intend);
          for (const { address } of grant.held) log('info', `hold ${address} in ${dataDir}/${owner.network}`);
          return grant;
        },
      };
    },
    release: async (owner, dataDir, held) => {
      await addresses.release(owner, dataDir, held);
      for (const address of held ?? []) log('info', `release ${address} of ${dataDir}/${owner.network}`);
    },
  };
}

/** What another plugin would answer is not known before it has done it. */
function untried(real: Delegates, log: Log): Delegates {
  return {
    ...real,
    add: async ({ type }) => {
      log(
        'info',
        `ask the IPAM plugin ${type} for addresses, which come to the interface (not known before)`,
      );
      return { interfaces: [], ips: [], routes: [] };
    },
    del: async ({ type }) => log('info', `ask the IPAM plugin ${type} to release them`),
  };
}
