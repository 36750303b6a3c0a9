/** Wires the ports to Linux and the disk: the one place where everything meets. */
import { openSync } from 'node:fs';
import { diskReservations } from '../../ipam/disk-reservations.ts';
import { type HostLocal, hostLocal } from '../../ipam/host-local.ts';
import { rangeSetsOf } from '../../ipam/range-set.ts';
import type { Environment } from '../../schemas/environment.ts';
import { mayUseOwnNetns } from '../../schemas/environment.ts';
import type { Result } from '../../schemas/result.ts';
import { loggedHost } from '../../src/attachment/logged-host.ts';
import { patientHost } from '../../src/attachment/patient-host.ts';
import type { Addresses, Log, World } from '../../src/attachment/ports.ts';
import type { Request } from '../../src/cni/request.ts';
import { createDiskRecords } from '../../src/host/disk-records.ts';
import { createFileLock } from '../../src/host/file-lock.ts';
import { createLinuxHost } from '../../src/host/linux-host.ts';
import { createLog } from '../../src/host/log.ts';
import { makeDirectory } from '../../src/host/make-directory.ts';
import { readiness } from '../../src/host/readiness.ts';
import type { RunChild } from '../../src/host/run-child.ts';
import { createIp } from '../../src/host/run-ip.ts';
import { createWriteSysctl } from '../../src/host/sysctl.ts';

/** Where the machine is. Other roots than these serve the snapshot builder. */
export type Machine = {
  readonly sys: string;
  /** Our records and locks. */
  readonly stateDir: string;
  readonly runChild: RunChild;
};

export function worldOf(
  { sys, stateDir, runChild }: Machine,
  request: Request,
  { env, mustExpress }: { readonly env: Environment; readonly mustExpress: (result: Result) => void },
): World {
  const log = logOf(request);
  const home = openSync('/proc/self/ns/net', 'r');
  const lock = createFileLock(runChild);
  const inherited = () => ({ lock: lock.held(), home });
  const host = createLinuxHost({
    sys,
    ip: createIp(runChild, inherited),
    writeSysctl: createWriteSysctl(runChild, inherited),
    mayUseOwnNetns: mayUseOwnNetns(env),
  });
  return {
    host: patientHost(loggedHost(host, log), { log, pause }),
    records: createDiskRecords(stateDir, log),
    addresses: addressesOf(hostLocal(diskReservations({ withLock: lock.withLock, makeDirectory }))),
    withLock: (device, action) => lock.withLock(`${stateDir}/${device}.lock`, action),
    log,
    pause,
    readiness: () => readiness([stateDir]),
    mustExpress,
  };
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function addressesOf(store: HostLocal): Addresses {
  return {
    plan: (conf, dataDir) => {
      const sets = rangeSetsOf(conf);
      return {
        families: sets.flatMap(([range]) => range?.subnet.ip.family ?? []),
        reserve: (owner, intend) => store.reserve(owner, sets, dataDir, intend),
      };
    },
    release: store.release,
    missing: store.missing,
    collect: store.collect,
  };
}

function logOf(request: Request): Log {
  const attachment = 'attachment' in request ? request.attachment : undefined;
  return createLog({
    level: request.conf.logLevel,
    file: request.conf.logFile,
    fields: {
      cniName: 'sriov',
      command: request.command,
      containerID: attachment?.containerId,
      netns: 'sandbox' in request ? request.sandbox : undefined,
      ifname: attachment?.ifName,
      network: attachment?.network,
    },
  });
}
