/** An ADD and the DEL behind it, with all that is the plugin's own but the machine, which is a model. */
import { CniError } from '../../../schemas/fault.ts';
import type { AttachmentRecord } from '../../../schemas/record.ts';
import type { AddRequest } from '../../../schemas/request.ts';
import type { Result } from '../../../schemas/result.ts';
import { add } from '../../attachment/add.ts';
import { del } from '../../attachment/del.ts';
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
  readonly addresses: Addresses;
  /** Of the machine itself: what only reads is asked of it. */
  readonly real: World;
};

export async function rehearse(request: AddRequest, stage: Stage): Promise<Rehearsal> {
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

async function worldOn({ machine, record, addresses, real }: Stage, log: Log): Promise<World> {
  const records = memoryRecords(machine.steps);
  if (record) await records.write(record);
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
