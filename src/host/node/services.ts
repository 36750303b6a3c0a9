/** Programs of the node that take an interest in every link, and what they were told. */
import { fileAt, filesIn, isThere, type NodeFile, namesIn } from './files.ts';
import {
  ACTIVE_UNITS,
  INTERFACES_DIRECTORY,
  INTERFACES_FILE,
  NETWORK_MANAGER_DIRECTORIES,
  NETWORK_MANAGER_FILE,
  NETWORK_MANAGER_RUN,
  OPERATOR_TRACES,
  SYSTEMD_DIRECTORIES,
  UDEV_DIRECTORIES,
} from './places.ts';

export type Services = {
  readonly isNetworkManagerActive: boolean;
  readonly isNetworkdActive: boolean;
  /** In the order in which NetworkManager reads them. */
  readonly networkManagerFiles: readonly NodeFile[];
  /** `.network`, in the order in which systemd-networkd tries them. */
  readonly networkFiles: readonly NodeFile[];
  /** `.link` of the administrator. */
  readonly linkFiles: readonly NodeFile[];
  readonly udevRules: readonly NodeFile[];
  readonly interfaces: readonly NodeFile[];
  /** What the SR-IOV network operator left on the node. */
  readonly operatorTraces: readonly string[];
};

export function servicesOf(): Services {
  return {
    isNetworkManagerActive: isActive('NetworkManager.service', NETWORK_MANAGER_RUN),
    isNetworkdActive: isActive('systemd-networkd.service'),
    networkManagerFiles: [
      ...NETWORK_MANAGER_DIRECTORIES.slice(0, -1).flatMap((directory) => filesIn(directory, ['.conf'])),
      ...present(NETWORK_MANAGER_FILE),
      ...NETWORK_MANAGER_DIRECTORIES.slice(-1).flatMap((directory) => filesIn(directory, ['.conf'])),
    ],
    networkFiles: unhidden(SYSTEMD_DIRECTORIES, '.network'),
    linkFiles: unhidden(SYSTEMD_DIRECTORIES.slice(0, 2), '.link'),
    udevRules: unhidden(UDEV_DIRECTORIES, '.rules'),
    interfaces: [...present(INTERFACES_FILE), ...filesIn(INTERFACES_DIRECTORY, [''])],
    operatorTraces: OPERATOR_TRACES.filter(isThere),
  };
}

const present = (path: string): NodeFile[] => [fileAt(path) ?? []].flat();

/** Where there is no systemd, what a service keeps in /run has to do. */
function isActive(unit: string, run?: string): boolean {
  if (isThere(ACTIVE_UNITS)) return namesIn(ACTIVE_UNITS).includes(`invocation:${unit}`);
  return run !== undefined && isThere(run);
}

const nameOf = ({ path }: NodeFile) => path.slice(path.lastIndexOf('/') + 1);

/** By name, whatever directory they are in; of one name only the first. */
function unhidden(directories: readonly string[], ending: string): NodeFile[] {
  const byName = new Map<string, NodeFile>();
  for (const file of directories.flatMap((directory) => filesIn(directory, [ending]))) {
    if (!byName.has(nameOf(file))) byName.set(nameOf(file), file);
  }
  return [...byName.values()].sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
}
