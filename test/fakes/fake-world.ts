/** A machine with a disk and an address store, and the world that a plugin process on it sees. */
import { CniError } from '../../schemas/fault.ts';
import type { Log, WithLock, World } from '../../src/attachment/ports.ts';
import { createMachine, type Machine, type MachineOptions } from '../../src/model/machine.ts';
import { type MemoryRecords, memoryRecords } from '../../src/model/memory-records.ts';
import { modelHost } from '../../src/model/model-host.ts';
import { type MemoryAddresses, memoryAddresses } from './memory-addresses.ts';
import { type MemoryDelegate, memoryDelegate } from './memory-delegate.ts';
import { type MemoryDeviceInfo, memoryDeviceInfo } from './memory-device-info.ts';
import { snapshot } from './snapshot.ts';

export type Node = {
  readonly machine: Machine;
  readonly records: MemoryRecords;
  readonly addresses: MemoryAddresses;
  readonly delegate: MemoryDelegate;
  readonly deviceInfo: MemoryDeviceInfo;
  readonly world: World;
  readonly logged: string[];
};

export function createNode(options: MachineOptions = {}): Node {
  const machine = createMachine(options);
  const records = memoryRecords(machine.steps);
  const addresses = memoryAddresses(machine.steps);
  const delegate = memoryDelegate(machine.steps);
  const deviceInfo = memoryDeviceInfo(machine.steps);
  const logged: string[] = [];
  const log: Log = (level, message) => void logged.push(`${level}: ${message}`);
  const parts = { machine, records, addresses, delegate, deviceInfo };
  return { ...parts, logged, world: worldOf({ ...parts, log }) };
}

type Parts = Omit<Node, 'world' | 'logged'> & { readonly log: Log };

export function worldOf({ machine, records, addresses, delegate, deviceInfo, log }: Parts): World {
  return {
    host: modelHost(machine),
    records,
    addresses,
    delegates: delegate,
    deviceInfo,
    withLock: withLock(machine),
    log,
    policy: {},
    pause: async (ms) => {
      machine.steps.mustLive();
      machine.clock.pass(ms);
    },
    whileUndoing: (action) => action(),
    readiness: () => [],
    mustExpress: () => {},
  };
}

function withLock({ locked }: Machine): WithLock {
  return async (device, action) => {
    if (locked.has(device)) throw new CniError('busy', `${device} is locked`);
    locked.add(device);
    try {
      return await action();
    } finally {
      locked.delete(device);
    }
  };
}

/** Everything that an attachment may leave behind. */
export function traceOf({ machine, records, addresses, delegate, deviceInfo }: Node): object {
  return {
    machine: snapshot(machine),
    records: records.all(),
    held: Object.fromEntries(addresses.held),
    given: Object.fromEntries(delegate.given),
    files: Object.fromEntries(deviceInfo.files),
  };
}
