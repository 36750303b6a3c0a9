/** PFs, VFs, drivers and links as sysfs shows them below a root. */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { CniError } from '../../schemas/fault.ts';
import type { PciAddress } from '../../schemas/words.ts';
import type { Device, Vf } from '../attachment/observed.ts';
import { isPlainName } from './iproute2.ts';

const ABSENT = ['ENOENT', 'ENOTDIR', 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP'];

/**
 * What is not there, or is none of that kind, is undefined. phys_port_name is EOPNOTSUPP for drivers
 * without ports. Any other failure must not look like a missing VF.
 */
function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (ABSENT.includes(code ?? '')) return undefined;
    throw new CniError('input-output', `Cannot read sysfs: ${message}`, { cause });
  }
}

const linkTarget = (path: string) => ifThere(() => basename(readlinkSync(path)));
const entriesOf = (path: string) => ifThere(() => readdirSync(path).sort()) ?? [];
const textOf = (path: string) => ifThere(() => readFileSync(path, 'utf8').trim());

function numberOf(path: string): number | undefined {
  const text = textOf(path);
  return text === undefined ? undefined : Number(text);
}

/** In switchdev mode a PF lists the representors of its VFs beside its own link, and they sort first as often as not. */
const REPRESENTOR = /^(c\d+)?pf\d+(vf|sf)\d+$/;

function pfLinkName(pfPath: string): string | undefined {
  const names = entriesOf(`${pfPath}/net`);
  if (names.length <= 1) return names[0];
  return names.find((name) => !REPRESENTOR.test(textOf(`${pfPath}/net/${name}/phys_port_name`) ?? ''));
}

function pfOf(pfPath: string, address: string): Vf['pf'] {
  const name = pfLinkName(pfPath);
  const mtu = name === undefined ? undefined : numberOf(`${pfPath}/net/${name}/mtu`);
  return { address, ...(name && { name }), ...(mtu && { mtu }) };
}

function vfIndex(pfPath: string, address: string): number | undefined {
  const virtfn = entriesOf(pfPath).find(
    (entry) => entry.startsWith('virtfn') && linkTarget(`${pfPath}/${entry}`) === address,
  );
  return virtfn === undefined ? undefined : Number(virtfn.slice('virtfn'.length));
}

function isThere(path: string): boolean {
  return ifThere(() => statSync(path)) !== undefined;
}

export function findDevice(sys: string, address: PciAddress): Device {
  const path = `${sys}/bus/pci/devices/${address}`;
  if (!isThere(path)) return { is: 'absent' };
  const pfAddress = linkTarget(`${path}/physfn`);
  if (pfAddress === undefined) return withoutPf(path);
  const index = vfIndex(`${path}/physfn`, address);
  if (index === undefined) return { is: 'plain' };
  const driver = linkTarget(`${path}/driver`);
  const linkName = linkNameIn(`${path}/net`);
  return {
    is: 'vf',
    address,
    pf: pfOf(`${path}/physfn`, pfAddress),
    index,
    ...(driver && { driver }),
    ...(linkName && { linkName }),
  };
}

/** The VF's link, by a name that `ip` takes: a pod may have given it one that is no text. */
function linkNameIn(path: string): string | undefined {
  const [bytes] = ifThere(() => readdirSync(path, { encoding: 'buffer' })) ?? [];
  const name = bytes?.toString();
  if (!bytes || name === undefined || isPlainName(name)) return name;
  const file = Buffer.concat([Buffer.from(`${path}/`), bytes, Buffer.from('/ifindex')]);
  return `if${ifThere(() => readFileSync(file, 'utf8').trim())}`;
}

function withoutPf(path: string): Device {
  return isThere(`${path}/sriov_totalvfs`)
    ? { is: 'pf', vfs: numberOf(`${path}/sriov_numvfs`) ?? 0 }
    : { is: 'plain' };
}
