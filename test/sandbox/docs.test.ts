/** The documentation's commands, typed by a reader whose node has the executable installed. */
import { expect } from 'vitest';
import { pagesRunIn, scriptOf } from '../doc-blocks.ts';
import { EXECUTABLE, type Machine } from './machine.ts';
import { machineTest } from './machine-test.ts';
import { plantPf } from './planted-pf.ts';

const test = machineTest({ pods: [] });

/** Places of the host that a reader writes to are the machine's own; what is built lies where it was built. */
const NODE = `cp -a /etc /run/etc; mount --bind /run/etc /etc; rm -rf /etc/cni/*
  mount -t tmpfs tmpfs /opt; mkdir -p /opt/cni/bin; cp ${EXECUTABLE} /opt/cni/bin/sriov
  mkdir -p /run/clone/dist; ln -s /opt/cni/bin/sriov /run/clone/dist/sriov
  mount -t tmpfs tmpfs /tmp; mkdir -p /var/log; mount -t tmpfs tmpfs /var/log`;

async function read(machine: Machine, page: string) {
  await plantPf(machine);
  await machine.sh(NODE);
  const script = `set -euo pipefail; cd /run/clone; PATH=$PATH:/opt/cni/bin\n${scriptOf(page, 'sandbox')}`;
  return machine.run(['bash', '--norc', '-c', script]);
}

test.for(pagesRunIn('sandbox'))('%s', async (page, { machine }) => {
  const { code, stdout, stderr } = await read(machine, page);
  expect(code, `${stdout}\n${stderr}`).toBe(0);
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
