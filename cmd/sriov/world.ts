/** Wires the ports to Linux and the disk: the one place where everything meets. */
import { existsSync, openSync } from 'node:fs';
import { diskReservations } from '../../ipam/disk-reservations.ts';
import { readResolvConf } from '../../ipam/disk-resolv-conf.ts';
import { type DiskStore, diskStore } from '../../ipam/disk-store.ts';
import { type HostLocal, hostLocal } from '../../ipam/host-local.ts';
import { rangeSetsOf } from '../../ipam/range-set.ts';
import { rehearsedReservations } from '../../ipam/rehearsed-reservations.ts';
import { requestsOf } from '../../ipam/requests.ts';
import type { Environment } from '../../schemas/environment.ts';
import { mayUseOwnNetns } from '../../schemas/environment.ts';
import { CniError } from '../../schemas/fault.ts';
import type { Policy } from '../../schemas/policy.ts';
import type { Delegate } from '../../schemas/record.ts';
import type { Result } from '../../schemas/result.ts';
import type { PciAddress } from '../../schemas/words.ts';
import { dataDirOf } from '../../src/attachment/desired.ts';
import { loggedHost } from '../../src/attachment/logged-host.ts';
import { monotonicMs } from '../../src/attachment/monotonic.ts';
import { isLinkAway } from '../../src/attachment/observed.ts';
import { patientHost } from '../../src/attachment/patient-host.ts';
import type { Addresses, Delegates, Log, Sandbox, WithLock, World } from '../../src/attachment/ports.ts';
import type { Request } from '../../src/cni/request.ts';
import { understood } from '../../src/cni/versions.ts';
import { allRecords } from '../../src/host/all-records.ts';
import { bootId } from '../../src/host/boot.ts';
import type { Programs } from '../../src/host/conversation.ts';
import {
  bounded,
  boundedConverse,
  createDeadline,
  type Deadline,
  FORWARD_MS,
  WITH_UNDO_MS,
} from '../../src/host/deadline.ts';
import { createDeviceInfo } from '../../src/host/device-info.ts';
import { createDiskRecords } from '../../src/host/disk-records.ts';
import { createFileLock, type FileLock } from '../../src/host/file-lock.ts';
import { createSessions } from '../../src/host/ip-sessions.ts';
import { createLinuxHost } from '../../src/host/linux-host.ts';
import { makeDirectory } from '../../src/host/make-directory.ts';
import { createSandboxes } from '../../src/host/netns.ts';
import { readiness, type Wanted } from '../../src/host/readiness.ts';
import { runFile } from '../../src/host/run-child.ts';
import { createIp, type Ip } from '../../src/host/run-ip.ts';
import { createPlugins, type PluginCall, type Plugins } from '../../src/host/run-plugin.ts';
import { createSriovCniRecords } from '../../src/host/sriov-cni-records.ts';
import { createWriteSysctl } from '../../src/host/sysctl.ts';
import { findDevice, numberOfLink } from '../../src/host/sysfs.ts';
import type { Trace } from './trace.ts';

/** Where the machine is. Other roots than these serve the snapshot builder. */
export type Machine = {
  readonly sys: string;
  /** Our records and locks. */
  readonly stateDir: string;
  /** What sriov-cni keeps. */
  readonly sriovCniDir: string;
  readonly policyFile: string;
  readonly programs: Programs;
  readonly trace: Trace;
};

type Surroundings = {
  readonly env: Environment;
  readonly log: Log;
  readonly policy: Policy;
  readonly mustExpress: (result: Result) => void;
};

export function worldOf(machine: Machine, request: Request, surroundings: Surroundings): World {
  const { stateDir, trace } = machine;
  const { env, log } = surroundings;
  const deadline = deadlineOf(request);
  const { within, whileUndoing } = deadline;
  const pause = (ms: number, why: string) => sleep(within(ms, `wait longer: ${why}`));
  const { host, lock, withLock } = linuxOf(machine, request, { env, deadline });
  return {
    ...surroundings,
    host: patientHost(loggedHost(trace.port('host', host), log), { log, pause }),
    records: trace.port('records', recordsOf(machine, log)),
    addresses: trace.port('addresses', addressesOf(storeUnder(lock, log))),
    delegates: delegatesOf(
      createPlugins({ env, locks: lock.held, runFile: bounded(runFile, ({ path }) => path, deadline) }),
    ),
    deviceInfo: createDeviceInfo(),
    withLock,
    pause,
    whileUndoing,
    readiness: () => readiness([{ path: stateDir, mode: 0o700 }, ...dataDirs(request)]),
  };
}

export function recordsOf({ stateDir, sriovCniDir }: Pick<Machine, 'stateDir' | 'sriovCniDir'>, log: Log) {
  const foreign = createSriovCniRecords({ directory: sriovCniDir, bootId: bootId(), log });
  return allRecords(createDiskRecords(stateDir, log), foreign);
}

type Limits = { readonly env: Environment; readonly deadline: Deadline };

/** The host, its locks, and the processes that inherit them. */
function linuxOf(
  { sys, programs, trace, ...directories }: Machine,
  request: Request,
  { env, deadline }: Limits,
) {
  const home = openSync('/proc/self/ns/net', 'r');
  const { run: runAny, converse } = trace.programs(programs);
  const run = bounded(runAny, ({ program }) => program, deadline);
  const sessions = createSessions(boundedConverse(converse, deadline));
  const lock = createFileLock(run, sessions.endHolders);
  const inherited = () => ({ locks: lock.held(), home });
  const ip = createIp({ run, sessions, inherited, numberOfLink: (name) => numberOfLink(sys, name) });
  const sandboxes = createSandboxes(mayUseOwnNetns(env), sessions.endHolders);
  const host = createLinuxHost({
    sys,
    ip,
    writeSysctl: createWriteSysctl(run, inherited),
    sandboxes,
    mustHaveTime: (what) => void deadline.within(1, what),
  });
  const options = {
    note: holderText(request),
    // ADD has seen that it is here.
    prepareFor: (device: PciAddress) =>
      prepare(ip, sandboxes.last(), request.command === 'ADD' || mayBeHere(sys, device)),
  };
  return { host, lock, withLock: lockOfDevice(directories, lock, options) };
}

/** For whoever waits for the lock. */
function holderText(request: Request): string {
  const of = 'attachment' in request ? ` for container ${request.attachment.containerId}` : '';
  return `${request.command}${of}, process ${process.pid},`;
}

/** Nothing is asked here of a link that is away: who brings it home prepares for that while the kernel moves it. */
function prepare(ip: Ip, sandbox: Sandbox | undefined, isHere: boolean): void {
  if (isHere) ip.prepare({ place: 'home', sandbox });
  if (sandbox) ip.prepare({ place: 'sandbox', sandbox });
}

/** What cannot be read is told by who needs it. */
function mayBeHere(sys: string, address: PciAddress): boolean {
  try {
    const device = findDevice(sys, address);
    return device.is !== 'vf' || !isLinkAway(device);
  } catch {
    return true;
  }
}

type Preparing = { readonly note: string; readonly prepareFor: (device: PciAddress) => void };

/** As long as it is on this node, sriov-cni may be at work on the same device. The inner lock is the last to be inherited. */
function lockOfDevice(
  { stateDir, sriovCniDir }: Pick<Machine, 'stateDir' | 'sriovCniDir'>,
  { withLock }: FileLock,
  { note, prepareFor }: Preparing,
): WithLock {
  const directory = `${sriovCniDir}/pci/vf_lock`;
  return (device, action) => {
    const lock = `${stateDir}/${device}.lock`;
    const meanwhile = () => prepareFor(device);
    if (!existsSync(directory)) return withLock(lock, action, { note, meanwhile });
    return withLock(lock, () => withLock(`${directory}/${device}.lock`, action, { meanwhile }), { note });
  };
}

/** DEL and GC undo, and nothing else. */
function deadlineOf({ command }: Request): Deadline {
  const forwardMs = command === 'DEL' || command === 'GC' ? WITH_UNDO_MS : FORWARD_MS;
  return createDeadline({ now: monotonicMs, forwardMs, withUndoMs: WITH_UNDO_MS });
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** The address store by itself. */
export function storeOf({ programs }: Machine, log: Log): DiskStore {
  return storeUnder(createFileLock(programs.run), log);
}

/** The store of this machine, in which nothing is changed. */
export function rehearsedAddresses(log: Log): Addresses {
  const warn = (sentence: string) => log('warning', sentence);
  const disk = { withLock: withoutLock, makeDirectory };
  return addressesOf(hostLocal(rehearsedReservations(diskReservations(disk, { warn }))));
}

const withoutLock = <T>(_: string, action: () => Promise<T>) => action();

function storeUnder({ withLock }: FileLock, log: Log): DiskStore {
  return diskStore({ withLock, makeDirectory, bootId, warn: (sentence) => log('warning', sentence) });
}

function dataDirs(request: Request): Wanted[] {
  return request.command === 'STATUS' && request.ipam ? [{ path: dataDirOf(request.conf), mode: 0o755 }] : [];
}

function addressesOf(store: HostLocal): Addresses {
  return {
    plan: ({ conf, ipRanges, requested }, dataDir) => {
      const sets = rangeSetsOf(conf, ipRanges);
      requestsOf(sets, requested);
      const dns = conf.resolvConf === undefined ? undefined : readResolvConf(conf.resolvConf);
      return {
        families: sets.flatMap(({ ranges: [range] }) => range?.family ?? []),
        reserve: async (owner, intend) => {
          const held = await store.reserve(owner, { sets, dataDir, requested }, intend);
          return { held, routes: conf.routes ?? [], dns };
        },
      };
    },
    release: store.release,
    missing: store.missing,
    exhausted: (network, { conf }, dataDir) => store.exhausted(network, rangeSetsOf(conf), dataDir),
    holders: store.holders,
    collect: store.collect,
  };
}

function resultOf({ type }: Delegate, answer: unknown): Result {
  try {
    return understood(answer);
  } catch (cause) {
    throw new CniError(
      'ipam-plugin-gone',
      `The IPAM plugin "${type}" printed no CNI result (ADD): ${(cause as Error).message}`,
      { cause },
    );
  }
}

function delegatesOf({ find, run }: Plugins): Delegates {
  const start = (
    command: PluginCall['command'],
    { type, netconf }: Delegate,
    attachment?: PluginCall['of'],
  ) => run({ type, command, stdin: JSON.stringify(netconf), of: attachment });
  return {
    mustExist: ({ type }) => void find(type),
    add: async (delegate) => resultOf(delegate, await start('ADD', delegate)),
    del: async (delegate, of) => void (await start('DEL', delegate, { ...of, cniArgs: delegate.cniArgs })),
    check: async (delegate) => void (await start('CHECK', delegate)),
    ask: async (delegate, command) => void (await start(command, delegate)),
  };
}
