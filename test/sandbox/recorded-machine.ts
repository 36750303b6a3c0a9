/** The machine of test/machines/igb in the place of the planted one: its sysfs, and what its `ip` showed. */
import { cpSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { AttachmentRecord } from '../../schemas/record.ts';
import { recordText } from '../../src/host/record-file.ts';
import { plant, sysfsOf } from '../unit/host/recorded.ts';
import type { Machine } from './machine.ts';

const SHOWN = { enp1s0: 'pf.json', enp1s0v0: 'vf.json' };

/** What is asked about other links goes to the real one. */
const IP = `#!/bin/bash
[[ " $* " == *' -batch - ' ]] || exec /run/real/ip "$@"
while IFS= read -r line; do
  shown=/run/shown/\${line##* }
  if [[ $line == 'link show dev '* && -e $shown ]]; then cat "$shown"; else /run/real/ip "\${@:1:$#-2}" -batch - <<<"$line"; fi
done
`;

export async function becomeIgb(machine: Machine): Promise<void> {
  plant(machine.path('/run/igb'), { ...sysfsOf('igb'), fs: { cgroup: {} } });
  await machine.sh('mkdir /run/shown; mount --bind /run/igb /sys');
  for (const [link, file] of Object.entries(SHOWN)) {
    cpSync(`${import.meta.dirname}/../machines/igb/${file}`, machine.path(`/run/shown/${link}`));
  }
  await writeFile(machine.path('/run/shown/ip'), IP, { mode: 0o755 });
  await machine.sh('mount --bind /run/shown/ip "$(readlink -f /usr/sbin/ip)"');
}

/** The second VF is in a pod: its link is not at home. */
export const HELD = AttachmentRecord.parse({
  format: 1,
  attachment: { network: 'blue', containerId: '4c01f5e9d0a7', ifName: 'net1' },
  device: '0000:01:10.2',
  pod: { namespace: 'shop', name: 'cart-7d9f' },
  sandbox: '/run/netns/pod1',
  bootId: 'that of an earlier boot',
  since: '2026-11-22T08:30:00.000Z',
  isUnfinished: false,
  addresses: { dataDir: '/var/lib/cni/networks', held: ['10.20.30.7'] },
  before: { settings: {} },
});

export async function plantRecord(machine: Machine, record: AttachmentRecord = HELD): Promise<void> {
  const directory = '/var/lib/cni/sriov-attachments';
  await machine.sh(`mkdir -p -m 700 ${directory}`);
  await writeFile(machine.path(`${directory}/${record.device}.json`), recordText(record));
}
