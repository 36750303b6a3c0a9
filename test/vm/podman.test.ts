import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { someOf } from '../figures.ts';
import { TUTORIAL, useNodeOfItsOwn, VF } from './node.ts';

const node = useNodeOfItsOwn();

const GUEST = fileURLToPath(new URL('../../scripts/lab/guest', import.meta.url));
const MAC = '02:aa:00:00:00:01';

const CONFLIST = {
  cniVersion: '1.0.0',
  name: 'sriov-network',
  plugins: [{ ...TUTORIAL, cniVersion: undefined, name: undefined, vlan: 100 }],
};

/** Podman reads its whole executable over 9p when it starts for the first time. */
const START_TIMEOUT_MS = 240_000;

beforeAll(() =>
  node.sh(
    `bash ${GUEST}/set-up-podman.sh && bash ${GUEST}/make-rootfs.sh /run/rootfs
    echo '${JSON.stringify(CONFLIST)}' >/etc/cni/net.d/10-sriov.conflist; podman ps -a`,
    START_TIMEOUT_MS,
  ),
);

const run = (options: string, command: string) =>
  `podman run ${options} --network sriov-network --rootfs /run/rootfs ${command}`;

const SHOW = `/bin/sh -c 'ip address show dev eth0; ip route; cat /sys/class/net/eth0/device/uevent'`;

const deviceAtHome = () => node.sh(`ls /sys/bus/pci/devices/${VF}/net`);

test('podman runs a container whose eth0 is a VF with the MAC of --mac-address and the address of --ip, and gets it back', async () => {
  const before = await node.snapshot();
  const output = await node.sh(run(`--rm --ip 10.20.30.77 --mac-address ${MAC}`, SHOW));
  expect(output).toContain('inet 10.20.30.77/25');
  expect(output).toContain(`link/ether ${MAC}`);
  expect(output).toContain('default via 10.20.10.1 dev eth0');
  expect(output).toContain(`PCI_SLOT_NAME=${VF}`);
  expect(await node.snapshot()).toEqual(before);
});

/** How a container leaves the network and comes to it again. */
const ENDS = {
  'podman stop': ['podman stop -t 0 c1', 'podman start c1'],
  'podman network disconnect': [
    'podman network disconnect sriov-network c1',
    'podman network connect sriov-network c1',
  ],
} as const;

test('a VF comes back whenever its container leaves the network, and goes in again', async () => {
  const before = await node.snapshot();
  await node.sh(run('-d --name c1', '/bin/sleep 600'));
  expect(await deviceAtHome()).toBe('');
  for (const [what, [end, again]] of someOf('ends', Object.entries(ENDS), { fast: 1 })) {
    await node.sh(end);
    expect(await node.snapshot(), what).toEqual(before);
    await node.sh(again);
    expect(await node.sh('podman exec c1 /bin/ip address show dev eth0')).toContain('inet 10.20.30.');
  }
  await node.sh('podman rm -f -t 0 c1');
  expect(await node.snapshot()).toEqual(before);
});

test('a second container is told who has the VF, and leaves nothing behind', async () => {
  await node.sh(run('-d --name c1', '/bin/sleep 600'));
  const attached = await node.snapshot();
  const holder = await node.sh('podman ps -q --no-trunc');
  const refusal = await node.sh(`${run('--name c2', '/bin/true')} 2>&1 && exit 1; podman rm c2 >/dev/null`);
  expect(refusal).toContain(`container ${holder} has it as eth0`);
  expect(await node.snapshot()).toEqual(attached);
  await node.sh('podman rm -f -t 0 c1');
});
