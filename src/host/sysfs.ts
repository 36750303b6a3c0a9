/** PFs, VFs, drivers and links as sysfs shows them below a root. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { PciAddress } from '../../schemas/words.ts';
import type { Device, Pf, Vf } from '../attachment/observed.ts';
import { isPlainName } from './ip-output.ts';
import { entriesOf, ifThere, isLinkUp, linkTarget, numberOf, textOf } from './sysfs-file.ts';

/** In switchdev mode a PF lists the representors of its VFs beside its own link, and they sort first as often as not. */
const REPRESENTOR = /^(c\d+)?pf\d+(vf|sf)\d+$/;

function isRepresentor(linkPath: string): boolean {
  return REPRESENTOR.test(textOf(`${linkPath}/phys_port_name`) ?? '');
}

function pfOf(pfPath: string, address: string): Pf {
  const names = entriesOf(`${pfPath}/net`);
  const representors = names.filter((name) => isRepresentor(`${pfPath}/net/${name}`));
  const name = names.find((one) => !representors.includes(one));
  const link = `${pfPath}/net/${name}`;
  const mtu = numberOf(`${link}/mtu`);
  return {
    address,
    ...(name && { name }),
    ...(mtu && { mtu }),
    ...(isLinkUp(link) === false && { isDown: true }),
    ...(representors.length > 0 && { isSwitchdev: true }),
  };
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
  if (isThere(`${path}/sriov_totalvfs`)) return { is: 'pf', vfs: numberOf(`${path}/sriov_numvfs`) ?? 0 };
  const driver = linkTarget(`${path}/driver`);
  const linkName = linkNameIn(sys, `${path}/net`);
  return {
    is: 'vf',
    address,
    ...placeOf(path, address),
    ...(driver && { driver }),
    ...(linkName && { linkName }),
    ...(isThere(`${path}/reset`) && { canReset: true }),
  };
}

/** Undefined also where sysfs cannot be read: then a new `ip` is asked. */
export function numberOfLink(sys: string, name: string): number | undefined {
  try {
    return numberOf(`${sys}/class/net/${name}/ifindex`);
  } catch {
    return undefined;
  }
}

/** Function-level reset. The reason if the kernel refused it. */
export function resetFunction(sys: string, address: PciAddress): string | undefined {
  try {
    writeFileSync(`${sys}/bus/pci/devices/${address}/reset`, '1');
    return undefined;
  } catch (cause) {
    return (cause as Error).message;
  }
}

/** PF and index. Where the PF does not know the VF, there is none for us. */
function placeOf(path: string, address: string): Pick<Vf, 'pf' | 'index'> {
  const pfAddress = linkTarget(`${path}/physfn`);
  const index = pfAddress === undefined ? undefined : vfIndex(`${path}/physfn`, address);
  if (pfAddress === undefined || index === undefined) return { index: 0 };
  return { pf: pfOf(`${path}/physfn`, pfAddress), index };
}

/**
 * The VF's link, by a name that `ip` takes: a pod may have given it one that is no text. Below a planted root a VF may list
 * a link that is away; the list of all links is the kernel's.
 */
function linkNameIn(sys: string, path: string): string | undefined {
  const bytes = firstIn(path);
  const name = bytes?.toString();
  if (!bytes || name === undefined) return undefined;
  if (!isPlainName(name)) {
    const file = Buffer.concat([Buffer.from(`${path}/`), bytes, Buffer.from('/ifindex')]);
    return `if${ifThere(() => readFileSync(file, 'utf8').trim())}`;
  }
  if (isThere(`${sys}/class/net/${name}`)) return name;
  // The kernel renames a link in the list of all links first.
  return firstIn(path)?.equals(bytes) ? undefined : linkNameIn(sys, path);
}

const firstIn = (path: string) => ifThere(() => readdirSync(path, { encoding: 'buffer' }))?.[0];
