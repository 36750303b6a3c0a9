/**
 * Attachments that sriov-cni made, as our records, so that a node can change over while pods run. Below its directory
 * are `<container id>-<interface name>`, one cache per attachment, and `pci/<device>`, which holds the path of the
 * device's namespace. What cannot be read there is logged and counts as absent: no command fails for it.
 */
import { readdirSync, statSync, unlinkSync } from 'node:fs';
import type { Attachment, Sought } from '../../schemas/attachment.ts';
import { CniError } from '../../schemas/fault.ts';
import { DEFAULT_DATA_DIR } from '../../schemas/ipam-conf.ts';
import { type AttachmentRecord, RECORD_FORMAT } from '../../schemas/record.ts';
import { beforeInCache, parseSriovCniCache } from '../../schemas/sriov-cni-cache.ts';
import { ContainerId, IfName, type NetworkName, type PciAddress } from '../../schemas/words.ts';
import type { Log } from '../attachment/ports.ts';
import { readText } from './read-text.ts';

export type ForeignRecords = {
  ofDevice(device: PciAddress): AttachmentRecord | undefined;
  ofAttachment(sought: Sought): AttachmentRecord[];
  /** Without those whose container id is in doubt: GC would take a running pod's for a stranger. */
  ofNetwork(network: NetworkName): AttachmentRecord[];
  every(): AttachmentRecord[];
  /** The path of the namespace that has the device, also if nothing else is known of the attachment. */
  holderOf(device: PciAddress): string | undefined;
  /** All that is kept of the device. Throws CniError `input-output`. */
  remove(device: PciAddress): void;
};

type SriovCniOptions = {
  readonly directory: string;
  /** Of the present boot. */
  readonly bootId: string;
  readonly log: Log;
};

type Cached = { readonly name: string; readonly writtenMs: number; readonly record: AttachmentRecord };

export function createSriovCniRecords({ directory, bootId, log }: SriovCniOptions): ForeignRecords {
  return {
    ofDevice: (device) => present().find(({ record }) => record.device === device)?.record,
    ofAttachment: ({ network, ...sought }) =>
      present()
        .filter(({ name, record }) => name === nameOf(sought) && (!network || isOf(network, record)))
        .map(({ record }) => ({ ...record, attachment: { ...record.attachment, ...sought } })),
    ofNetwork: (network) =>
      present()
        .filter(({ name, record }) => isOf(network, record) && readingOf(name)?.isCertain)
        .map(({ record }) => record),
    every: () => present().map(({ record }) => record),
    holderOf: (device) => sandboxOf(device) || undefined,
    remove: (device) => {
      const caches = byAge().filter(({ record }) => record.device === device);
      for (const name of [`pci/${device}`, ...caches.map((cached) => cached.name)]) remove(name);
    },
  };

  /** A device has at most one attachment: older caches are of attachments that never got their DEL. */
  function present(): Cached[] {
    return [...new Map(byAge().map((cached) => [cached.record.device, cached])).values()];
  }

  /** The youngest comes last. */
  function byAge(): Cached[] {
    const cached = names().flatMap((name) => readable(name) ?? []);
    return cached.toSorted((one, other) => one.writtenMs - other.writtenMs);
  }

  function names(): string[] {
    const entries = tolerant(directory, () => readdirSync(directory, { withFileTypes: true })) ?? [];
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  }

  function readable(name: string): Cached | undefined {
    const reading = readingOf(name);
    return reading && tolerant(`${directory}/${name}`, () => cachedIn(name, reading));
  }

  function cachedIn(name: string, { containerId, ifName }: Reading): Cached {
    const path = `${directory}/${name}`;
    const cache = parseSriovCniCache(JSON.parse(readText(path)));
    const writtenMs = statSync(path).mtimeMs;
    const record: AttachmentRecord = {
      format: RECORD_FORMAT,
      attachment: { network: cache.name, containerId, ifName },
      device: cache.deviceID,
      sandbox: sandboxOf(cache.deviceID),
      // Files do not tell of the boot: the clock may have been set since. After a reboot, restoring finds nothing to do.
      bootId,
      isUnfinished: false,
      addresses: { dataDir: DEFAULT_DATA_DIR, held: [] },
      origin: 'sriov-cni',
      before: beforeInCache(cache),
    };
    return { name, writtenMs, record };
  }

  function sandboxOf(device: PciAddress): string {
    const path = `${directory}/pci/${device}`;
    return tolerant(path, () => readText(path).trim()) ?? '';
  }

  function tolerant<T>(path: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (cause) {
      if (!isMissing(cause)) log('warning', `Ignoring ${path} of sriov-cni: ${reasonOf(cause)}`);
      return undefined;
    }
  }

  function remove(name: string): void {
    try {
      unlinkSync(`${directory}/${name}`);
    } catch (cause) {
      if (isMissing(cause)) return;
      throw new CniError('input-output', `Cannot remove ${directory}/${name}: ${reasonOf(cause)}`, { cause });
    }
  }
}

const isMissing = (cause: unknown) => (cause as NodeJS.ErrnoException).code === 'ENOENT';
const reasonOf = (cause: unknown) => (cause as Error).message;

const nameOf = ({ containerId, ifName }: Omit<Attachment, 'network'>) => `${containerId}-${ifName}`;

const isOf = (network: NetworkName, { attachment }: AttachmentRecord) => attachment.network === network;

/** What a file's name says, and whether it can say nothing else. */
type Reading = Omit<Attachment, 'network'> & { readonly isCertain: boolean };

/**
 * Container id and interface name may both contain "-". The ids of containerd and CRI-O are 64 hexadecimal digits;
 * with others the last "-" counts, for few interfaces have one in their name.
 */
function readingOf(name: string): Reading | undefined {
  const readings = [...name.matchAll(/-/g)].flatMap(({ index }) => {
    const containerId = ContainerId.safeParse(name.slice(0, index)).data;
    const ifName = IfName.safeParse(name.slice(index + 1)).data;
    return containerId && ifName ? { containerId, ifName } : [];
  });
  const ofKubernetes = readings.find(({ containerId }) => /^[0-9a-f]{64}$/.test(containerId));
  const chosen = ofKubernetes ?? readings.at(-1);
  return chosen && { ...chosen, isCertain: readings.length === 1 || chosen === ofKubernetes };
}
