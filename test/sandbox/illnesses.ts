/** What can be wrong with a node, one function for each group of checks. */
import { readFile, writeFile } from 'node:fs/promises';
import type { AttachmentRecord } from '../../schemas/record.ts';
import { recordIn, recordText } from '../../src/host/record-file.ts';
import type { Machine } from './machine.ts';
import { network } from './networks.ts';
import { attached } from './outcome.ts';
import { PF, PLUGIN, plant, pretendLinux, start } from './patient.ts';
import { plantPf } from './planted-pf.ts';

const DEVICES = '/sys/bus/pci/devices';
const STATE = '/var/lib/cni/sriov-attachments';
const STORE = '/var/lib/cni/networks';

/** VF 0 is deaf, VF 1 has no driver, the link of VF 2 is nowhere, VFs 3 and 4 have one MAC. */
export async function hurtCards(machine: Machine): Promise<void> {
  await pretendLinux(machine, '5.10.0-28-amd64');
  await machine.sh(`echo 0x1002 >${PF}/net/pf0/flags
    rm ${PF}/net/pf0/carrier ${DEVICES}/0000:01:10.2/driver
    rm -r ${DEVICES}/0000:01:10.4/net/vf2
    echo 0 >${PF}/sriov_drivers_autoprobe`);
  const twin = '02:00:00:00:01:33';
  const macs = ['00:00:00:00:00:00', '02:00:00:00:01:01', '02:00:00:00:01:02', twin, twin];
  await plantPf(machine, Object.fromEntries(macs.map((mac, vf) => [vf, `mac=${mac}\n`])));
}

/** Another program in our place, and networks that cannot be. */
export async function hurtDirectories(machine: Machine): Promise<void> {
  await machine.sh(`mount --bind /dev/null "$(readlink -f /usr/bin/flock)"
    umount ${PLUGIN}
    printf '#!/bin/bash\necho no version\n' >${PLUGIN}; chmod 755 ${PLUGIN}
    mkdir -p /var/lib/kubelet ${STATE}; chmod 0755 ${STATE}`);
  await plant(machine, '/etc/cni/net.d/10-cut-off.conflist', '{ "name": "cut-off", "plugins": [');
  const bridge = { cniVersion: '1.0.0', name: 'cbr0', type: 'bridge', ipam: { type: 'host-local' } };
  await plant(machine, '/etc/cni/net.d/20-bridge.conf', JSON.stringify(bridge));
  await plant(machine, '/etc/cni/sriov-policy.json', '{ "trusts": "off" }');
}

export async function plantManagers(machine: Machine): Promise<void> {
  await start(machine, 'NetworkManager');
  await start(machine, 'systemd-networkd');
  await plant(machine, '/etc/systemd/network/50-all.network', '[Match]\nName=*\n\n[Network]\nDHCP=yes\n');
  const rule = 'SUBSYSTEM=="net", ACTION=="add", DRIVERS=="igbvf", NAME="virtual%n"\n';
  await plant(machine, '/etc/udev/rules.d/70-names.rules', rule);
  await plant(machine, '/etc/network/interfaces', 'auto lo\nallow-hotplug vf0\niface vf0 inet dhcp\n');
}

export async function plantOperator(machine: Machine): Promise<void> {
  await plant(machine, '/etc/sriov-operator/pci/0000:01:00.0', '{}');
}

const ADDRESSES = { subnet: '10.1.2.0/24' };

async function attach(machine: Machine, vf: number): Promise<string> {
  const netconf = network({ vf, ipam: ADDRESSES });
  attached(await machine.add({ netconf, containerId: `c${vf}`, ifName: `net${vf}` }));
  return `${STATE}/${netconf.deviceID}.json`;
}

/** As if it had always been so. */
async function rewrite(machine: Machine, path: string, change: Partial<AttachmentRecord>): Promise<void> {
  const text = await readFile(machine.path(path), 'utf8');
  const device = path.slice(`${STATE}/`.length, -'.json'.length);
  const record = recordIn(text, device);
  if (!record) throw new Error(`${path} is no record: ${text}`);
  await writeFile(machine.path(path), recordText({ ...record, ...change }));
}

/** VF 0 lives; VF 1 is of an earlier boot, VF 2 was left half-way, VF 3 is gone. Two addresses are held for nobody. */
export async function neglectRecords(machine: Machine): Promise<void> {
  await attach(machine, 0);
  const [dead, unfinished] = [await attach(machine, 1), await attach(machine, 2)];
  await attach(machine, 3);
  await rewrite(machine, dead, { bootId: 'an earlier one' });
  await rewrite(machine, unfinished, { isUnfinished: true });
  await machine.sh(`touch -d '1 hour ago' ${unfinished}
    rm -r ${DEVICES}/0000:01:10.6
    echo ? >${STORE}/net/10.1.2.77.damaged
    printf 'gone\\r\\nnet1' | tee ${STORE}/net/10.1.2.80 >${STORE}/net/10.1.2.81`);
  await plant(machine, `${STORE}/others/10.9.9.9`, 'another\r\neth0');
  await plant(machine, '/var/lib/cni/sriov/pci/0000:01:10.0', '/run/netns/gone');
}
