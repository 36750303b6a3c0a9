import { readFileSync } from 'node:fs';
import { CniError } from '../schemas/fault.ts';
import type { Dns } from '../schemas/ipam-conf.ts';
import { reasonOf } from './disk-call.ts';
import { dnsOf } from './resolv-conf.ts';

/** @throws CniError `netconf` if the file cannot be read: its path is the configuration's */
export function readResolvConf(path: string): Dns {
  try {
    return dnsOf(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new CniError('netconf', `ipam.resolvConf: Cannot read "${path}": ${reasonOf(error)}`, {
      cause: error,
    });
  }
}
