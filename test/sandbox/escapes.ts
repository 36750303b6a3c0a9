/** Which files a command may change, read off what it was sent. */
import { DEFAULT_DATA_DIR } from '../../schemas/ipam-conf.ts';
import { DEVICE_INFO_DIRECTORY } from '../../schemas/words.ts';
import { DEVICE } from '../sound-conf.ts';

/** As CNI's `ipam` names it: an absolute path without "..". */
function isProper(path: unknown): path is string {
  return (
    typeof path === 'string' &&
    path.startsWith('/') &&
    !path.includes('\0') &&
    !path.split('/').includes('..')
  );
}

/** Of the kernel: to log there would be to change it. */
const isSetting = (path: unknown) => /^\/(proc\/)?sys\//.test(String(path));

/** The values of the key, in whatever capitals, of an object that may be none. */
function valuesOf(value: unknown, key: string): unknown[] {
  return Object.entries(Object(value)).flatMap(([name, inner]) =>
    name.toLowerCase() === key ? [inner] : [],
  );
}

/** Where the configuration asks for files. */
function rootsOf(stdin: string): string[] {
  try {
    const conf = JSON.parse(stdin);
    const dataDirs = valuesOf(conf, 'ipam').flatMap((ipam) => valuesOf(ipam, 'datadir'));
    const logFiles = valuesOf(conf, 'logfile').filter((file) => !isSetting(file));
    return [...dataDirs, ...logFiles].filter(isProper);
  } catch {
    return [];
  }
}

const OWN = [
  /^\/var\/lib\/cni\/sriov-attachments\/[0-9a-f:.]+\.(lock|json(\.new)?(\.damaged(\.\d+)?)?)$/,
  new RegExp(`^${DEVICE_INFO_DIRECTORY}/[^/]+$`),
  new RegExp(`^/sys/bus/pci/devices/${DEVICE}/reset$`),
  /^\/run\/tmp\/sriov-\w{6}(\/file)?$/,
  /^\/proc\/sys\/net\/ipv[46]\/\w+\/[^/]+\/\w+$/,
  /^\/dev\/null$/,
];

/** Below a directory of addresses: a network's name, and its files. */
const IN_STORE =
  /^\/[a-zA-Z0-9][\w.-]*(\/(lock|[0-9a-f.:]+|last_reserved_ip\.\d+|\.reserving(\/[\w.-]+@[^/]+)?))?$/;

/** A directory may be configured with several slashes in a row, or one at its end. */
const singly = (path: string) => path.replace(/\/{2,}/g, '/');

/** Of the paths those that lead out of what is the plugin's own, and of what the configuration names. */
export function escapes(written: readonly string[], stdin: string): string[] {
  const roots = [DEFAULT_DATA_DIR, ...rootsOf(stdin)].map((root) => singly(root).replace(/\/$/, ''));
  const directories = [...roots, DEVICE_INFO_DIRECTORY, '/var/lib/cni/sriov-attachments'];
  const isBelow = (path: string, root: string) =>
    path === root || /^\.[1-5]$/.test(path.slice(root.length)) || IN_STORE.test(path.slice(root.length));
  const isAllowed = (path: string) =>
    OWN.some((own) => own.test(path)) ||
    roots.some((root) => path.startsWith(root) && isBelow(path, root)) ||
    directories.some((directory) => `${directory}/`.startsWith(`${path.replace(/\/+$/, '')}/`));
  const plain = written.map(singly);
  return plain.filter((path) => path.split('/').includes('..') || !isAllowed(path));
}
