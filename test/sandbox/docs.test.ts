/** The documentation's commands, typed by a reader whose node has the executable installed. */
import { expect } from 'vitest';
import { pagesRunIn, scriptOf } from '../doc-blocks.ts';
import { EXECUTABLE, type Machine } from './machine.ts';
import { machineTest } from './machine-test.ts';
import { plantPf } from './planted-pf.ts';

const test = machineTest({ pods: [] });

/** Places of the host that a reader writes to are the machine's own; what is built lies where it was built. */
const NODE = `cp -a /etc /run/etc; mount --bind /run/etc /etc; rm -rf /etc/cni/* /etc/containerd /etc/crio
  mount -t tmpfs tmpfs /opt; mkdir -p /opt/cni/bin; cp ${EXECUTABLE} /opt/cni/bin/sriov
  mkdir -p /run/clone/dist; ln -s /opt/cni/bin/sriov /run/clone/dist/sriov
  mount -t tmpfs tmpfs /tmp; mount -t tmpfs tmpfs /var/log
  for device in /sys/bus/pci/devices/*; do echo 0x020000 >"$device/class"; done`;

/** What the reader is told to expect. */
const SEEN: Readonly<Record<string, RegExp>> = {
  'README.md': /"gateway": "10\.20\.10\.1"/,
  'docs/migrating.md': /"details": "spoofchk: expected .*\n\}\nrefused, as expected\n/,
  'docs/operations.md': /^sriov_vfs 2\nsriov_vfs_held 1\nsriov_vfs_unfinished 0\n/m,
  'docs/quick-start.md': /^0000:01:10\.0 +pf0 0 +igbvf[\s\S]*^0000:01:10\.0 +run-pod1 +net1 +sriov-network /m,
  'docs/requirements.md': /^\S+\/ip\n\S+\/nsenter\n\S+\/flock\n\S+\/tee\n?$/m,
  'docs/troubleshooting.md': /^0000:01:00\.0 +pf0 +igb [\s\S]*"supportedVersions"/m,
};

async function read(machine: Machine, page: string) {
  await plantPf(machine);
  await machine.sh(NODE);
  const script = `set -euo pipefail; cd /run/clone\n${scriptOf(page, 'sandbox')}`;
  return machine.run(['bash', '--norc', '-c', script]);
}

test.for(pagesRunIn('sandbox'))('%s', async (page, { machine }) => {
  const { code, stdout, stderr } = await read(machine, page);
  expect(code, `${stdout}\n${stderr}`).toBe(0);
  expect(`${stdout}\n`).toMatch(SEEN[page] ?? /^/);
});

test('a command that fails is noticed', async ({ machine }) => {
  await machine.sh(NODE);
  const { code } = await machine.run([
    'bash',
    '--norc',
    '-c',
    'set -euo pipefail\n/opt/cni/bin/sriov discover -o wide | grep -q nobody',
  ]);
  expect(code).toBe(1);
});
