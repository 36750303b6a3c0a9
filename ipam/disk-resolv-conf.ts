import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { CniError } from '../schemas/fault.ts';
import type { Dns } from '../schemas/ipam-conf.ts';
import { reasonOf } from './disk-call.ts';
import { dnsOf } from './resolv-conf.ts';

const MAX_BYTES = 65_536;

/** @throws CniError `netconf` if it is no file that can be read: its path is the configuration's */
export function readResolvConf(path: string): Dns {
  try {
    return dnsOf(read(path));
  } catch (error) {
    throw new CniError('netconf', `ipam.resolvConf: Cannot read "${path}": ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** Not for ever: a FIFO would wait for a writer, and a device never ends. */
function read(path: string): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = fstatSync(fd);
    if (!found.isFile() || found.size > MAX_BYTES)
      throw new Error(`it is no file of at most ${MAX_BYTES} bytes`);
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}
