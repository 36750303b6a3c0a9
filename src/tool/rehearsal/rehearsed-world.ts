/** The plugin's own world, but for the machine, which is a model: nothing is changed, and each change is told as a sentence. */
import type { AttachmentRecord } from '../../../schemas/record.ts';
import { type Change, type Refusal, sentenceOf } from '../../attachment/change.ts';
import type { Addresses, Delegates, Host, Log, World } from '../../attachment/ports.ts';
import { commandOf } from '../../host/ip-words.ts';
import type { Machine } from '../../model/machine.ts';
import { memoryRecords } from '../../model/memory-records.ts';
import { modelHost } from '../../model/model-host.ts';

export type Stage = {
  readonly machine: Machine;
  readonly record: AttachmentRecord | undefined;
  /** Path of the sandbox for which another program has the VF. */
  readonly claim?: string | undefined;
  readonly addresses: Addresses;
  /** Of the machine itself: what only reads is asked of it. */
  readonly real: World;
};

export async function rehearsedWorld(
  { machine, record, claim, addresses, real }: Stage,
  log: Log,
): Promise<World> {
  const records = memoryRecords(machine.steps);
  if (record) await records.write(record);
  if (claim !== undefined) records.claims.set(machine.vfs[0]?.address ?? '', claim);
  return {
    ...real,
    host: toldHost(hostOn(machine, real.host), log),
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

/** Each change once, however often it is tried again. What is refused on the way, and then brought about in another way, is no news. */
function toldHost(host: Host, log: Log): Host {
  let refusedLast = new Set<string>();
  const told = async (changes: readonly Change[], made: Promise<readonly Refusal[]>) => {
    for (const sentence of changes.map(sentenceOf)) if (!refusedLast.has(sentence)) log('info', sentence);
    const refusals = await made;
    refusedLast = new Set(refusals.map(({ change }) => sentenceOf(change)));
    return refusals.map((refusal) => ({ ...refusal, command: commandOf(refusal.change) }));
  };
  const first = async (refusal: Promise<Refusal | undefined>) => [(await refusal) ?? []].flat();
  return {
    ...host,
    make: async (changes, sandbox) => (await told(changes, first(host.make(changes, sandbox))))[0],
    makeAll: (changes, sandbox) => told(changes, host.makeAll(changes, sandbox)),
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
      for (const address of held ?? ['all that it holds'])
        log('info', `release ${address} of ${dataDir}/${owner.network}`);
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
    del: async ({ type }) => log('info', `ask the IPAM plugin ${type} to release what it gave`),
  };
}
