/** The file that tells a pod of its device, through Multus' network-status (device information specification 1.1.0). */
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  openSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { CniError } from '../../schemas/fault.ts';
import { DEVICE_INFO_DIRECTORY, type PciAddress } from '../../schemas/words.ts';
import type { DeviceInfo } from '../attachment/ports.ts';
import { makeDirectory } from './make-directory.ts';
import { readText } from './read-text.ts';
import { unless } from './unless.ts';

/**
 * Who writes a network configuration could name any file of the host: outside the directory nothing is written or
 * removed. A file that is there stays: Multus has copied what the device plugin knows, which is more (section 5.1.2).
 */
export function createDeviceInfo(directory = DEVICE_INFO_DIRECTORY): DeviceInfo {
  const isOurs = (path: string) => dirname(path) === directory;
  /** Only who has the device's lock writes it; no name that a caller chooses begins with a dot. */
  const draftOf = (device: PciAddress) => `${directory}/.${device}.new`;
  return {
    write: (path, info, device) => {
      if (!isOurs(path)) {
        throw new CniError('netconf', `CNIDeviceInfoFile: expected a file in ${directory}, got ${path}`);
      }
      attempt(`write ${path}`, () => write({ path, draft: draftOf(device) }, `${JSON.stringify(info)}\n`));
    },
    remove: (path, device) => {
      if (!isOurs(path)) return;
      const draft = draftOf(device);
      if (tellsOf(device, path)) attempt(`remove ${path}`, () => unlinkSync(path));
      if (existsSync(draft)) attempt(`remove ${draft}`, () => unlinkSync(draft));
    },
  };
}

/** A FIFO would wait for a writer. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;

/** What a path answers at which nothing of ours can be. */
const NO_FILE = ['ENOENT', 'ENOTDIR', 'EISDIR', 'ENXIO', 'ELOOP', 'ENAMETOOLONG'];

/** The pod may have got another VF meanwhile, or the name be that of another pod's file. */
function tellsOf(device: PciAddress, path: string): boolean {
  try {
    return readText(path, READ).includes(JSON.stringify(device));
  } catch (cause) {
    if (NO_FILE.includes((cause as NodeJS.ErrnoException).code ?? '')) return false;
    throw new CniError('input-output', `Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}

type Files = { readonly path: string; readonly draft: string };

function write({ path, draft }: Files, text: string): void {
  makeDirectory(dirname(path), 0o755);
  // A process that was killed may have left it.
  rmSync(draft, { force: true });
  const fd = openSync(draft, 'wx');
  try {
    // Whatever the umask of the runtime is: others than root read it.
    fchmodSync(fd, 0o644);
    writeFileSync(fd, text);
    fsyncSync(fd);
    unless(
      ['EEXIST'],
      () => linkSync(draft, path),
      () => {},
    );
  } finally {
    closeSync(fd);
    unlinkSync(draft);
  }
}

function attempt(what: string, action: () => void): void {
  try {
    action();
  } catch (cause) {
    throw new CniError('input-output', `Cannot ${what}: ${(cause as Error).message}`, { cause });
  }
}
