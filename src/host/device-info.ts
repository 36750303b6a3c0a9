/** The file that tells a pod of its device, through Multus' network-status (device information specification 1.1.0). */
import {
  closeSync,
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
import { DEVICE_INFO_DIRECTORY } from '../../schemas/words.ts';
import type { DeviceInfo } from '../attachment/ports.ts';
import { makeDirectory } from './make-directory.ts';

/**
 * Who writes a network configuration could name any file of the host: outside the directory nothing is written or
 * removed. A file that is there stays: Multus has copied what the device plugin knows, which is more (section 5.1.2).
 */
export function createDeviceInfo(directory = DEVICE_INFO_DIRECTORY): DeviceInfo {
  const isOurs = (path: string) => dirname(path) === directory;
  return {
    write: (path, info) => {
      if (!isOurs(path)) {
        throw new CniError('netconf', `CNIDeviceInfoFile: expected a file in ${directory}, got ${path}`);
      }
      attempt(`write ${path}`, () => write(path, `${JSON.stringify(info)}\n`));
    },
    remove: (path) => {
      if (!isOurs(path)) return;
      for (const file of [path, temporaryOf(path)])
        attempt(`remove ${file}`, () => rmSync(file, { force: true }));
    },
  };
}

const temporaryOf = (path: string) => `${path}.new`;

function write(path: string, text: string): void {
  makeDirectory(dirname(path), 0o755);
  const temporary = temporaryOf(path);
  // A process that was killed may have left it.
  rmSync(temporary, { force: true });
  const fd = openSync(temporary, 'wx');
  try {
    // Whatever the umask of the runtime is: others than root read it.
    fchmodSync(fd, 0o644);
    writeFileSync(fd, text);
    fsyncSync(fd);
    linkUnlessThere(temporary, path);
  } finally {
    closeSync(fd);
    unlinkSync(temporary);
  }
}

function linkUnlessThere(temporary: string, path: string): void {
  try {
    linkSync(temporary, path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
  }
}

function attempt(what: string, action: () => void): void {
  try {
    action();
  } catch (cause) {
    throw new CniError('input-output', `Cannot ${what}: ${(cause as Error).message}`, { cause });
  }
}
