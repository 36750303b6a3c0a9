/** A PF that has settings for its VFs: see pf.sh. */
import { writeFile } from 'node:fs/promises';
import type { Machine } from './machine.ts';

/** What was set before, `KEY=VALUE` a line, of the VFs that the PF lists. */
export async function plantPf(
  machine: Machine,
  vfs: Readonly<Record<number, string>> = { 0: '', 1: '' },
): Promise<void> {
  await machine.sh(`mkdir /run/pf; mv /run/real/ip /run/real/kernel-ip
    cp ${import.meta.dirname}/pf.sh /run/real/ip; mount --bind /run/real/ip "$(readlink -f /usr/sbin/ip)"`);
  for (const [index, set] of Object.entries(vfs)) await writeFile(machine.path(`/run/pf/${index}`), set);
}

/** What the PF shows of its VFs. */
export async function vfsOf(machine: Machine): Promise<readonly object[]> {
  const [pf] = JSON.parse(await machine.sh('echo link show dev pf0 | ip -d -j -batch -'));
  return pf.vfinfo_list;
}
