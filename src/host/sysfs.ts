/** PFs, VFs, drivers and links as sysfs shows them below a root. */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { PciAddress } from '../../schemas/words.ts';
import type { Device, Vf } from '../attachment/observed.ts';

function linkTarget(path: string): string | undefined {
  try {
    return basename(readlinkSync(path));
  } catch {
    return undefined;
  }
}

function entriesOf(path: string): string[] {
  try {
    return readdirSync(path).sort();
  } catch {
    return [];
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

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
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

export function findDevice(sys: string, address: PciAddress): Device {
  const path = `${sys}/bus/pci/devices/${address}`;
  if (!isThere(path)) return { is: 'absent' };
  const pfAddress = linkTarget(`${path}/physfn`);
  if (pfAddress === undefined) return withoutPf(path);
  const index = vfIndex(`${path}/physfn`, address);
  if (index === undefined) return { is: 'plain' };
  const driver = linkTarget(`${path}/driver`);
  const linkName = entriesOf(`${path}/net`)[0];
  return {
    is: 'vf',
    address,
    pf: pfOf(`${path}/physfn`, pfAddress),
    index,
    ...(driver && { driver }),
    ...(linkName && { linkName }),
  };
}

function withoutPf(path: string): Device {
  return isThere(`${path}/sriov_totalvfs`)
    ? { is: 'pf', vfs: numberOf(`${path}/sriov_numvfs`) ?? 0 }
    : { is: 'plain' };
}
