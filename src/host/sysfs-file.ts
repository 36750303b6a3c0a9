/** Files, links and folders below /sys, any of which may be missing. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { CniError } from '../../schemas/fault.ts';

const ABSENT = ['ENOENT', 'ENOTDIR', 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP'];

/**
 * What is not there, or is none of that kind, is undefined. phys_port_name is EOPNOTSUPP for drivers
 * without ports. Any other failure must not look like a missing VF.
 */
export function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (ABSENT.includes(code ?? '')) return undefined;
    throw new CniError('input-output', `Cannot read sysfs: ${message}`, { cause });
  }
}

export const linkTarget = (path: string) => ifThere(() => basename(readlinkSync(path)));
export const entriesOf = (path: string) => ifThere(() => readdirSync(path).sort()) ?? [];
export const textOf = (path: string) => ifThere(() => readFileSync(path, 'utf8').trim());

export function numberOf(path: string): number | undefined {
  const text = textOf(path);
  return text === undefined ? undefined : Number(text);
}

/** IFF_UP (linux/if.h). */
const UP = 1;

/** Undefined if the link is not there. */
export function isLinkUp(link: string): boolean | undefined {
  const flags = numberOf(`${link}/flags`);
  return flags === undefined ? undefined : (flags & UP) !== 0;
}
