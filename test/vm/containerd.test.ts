import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { TUTORIAL, useNode, VF } from './node.ts';

const node = useNode();

const GUEST = fileURLToPath(new URL('../../scripts/lab/guest', import.meta.url));

/** containerd's own network: `ctr` wants an address on eth0, and takes the first configuration in the directory. */
const CONFLIST = {
  cniVersion: '1.0.0',
  name: 'sriov-network',
  plugins: [{ ...TUTORIAL, cniVersion: undefined, name: undefined, vlan: 100, mac: '02:aa:00:00:00:01' }],
};

const START = `bash ${GUEST}/start-containerd.sh && bash ${GUEST}/make-rootfs.sh /run/rootfs
  mkdir -p /etc/cni/net.d && cat >/etc/cni/net.d/10-sriov.conflist <<'END'
${JSON.stringify(CONFLIST)}
END`;

test('containerd runs a container whose eth0 is a VF, and gets the VF back at its end (R1)', async () => {
  await node.sh(START);
  const before = await node.snapshot();
  const output = await node.sh(
    `ctr run --rm --cni --rootfs /run/rootfs c1 /bin/sh -c 'ip address show dev eth0; ip route; cat /sys/class/net/eth0/device/uevent'`,
  );
  expect(output).toContain('inet 10.20.30.1/25');
  expect(output).toContain('link/ether 02:aa:00:00:00:01');
  expect(output).toContain('default via 10.20.10.1 dev eth0');
  expect(output).toContain(`PCI_SLOT_NAME=${VF}`);
  expect(await node.snapshot()).toEqual(before);
});

test('a container that is killed gives its VF back, too', async () => {
  await node.sh(START);
  const before = await node.snapshot();
  await node.sh(`(ctr run --rm --cni --rootfs /run/rootfs c2 /bin/sleep 600; echo $? >/run/c2.rc) >/run/c2.log 2>&1 &
    for i in $(seq 200); do ctr task ls 2>/dev/null | grep -q 'c2 .*RUNNING' && break; sleep 0.1; done
    for i in $(seq 100); do ls /var/lib/cni/sriov-attachments/*.json >/dev/null 2>&1 && break; sleep 0.1; done
    ctr task kill -s KILL c2
    for i in $(seq 300); do [ -e /run/c2.rc ] && exit 0; sleep 0.1; done; cat /run/c2.log; exit 1`);
  expect(await node.snapshot()).toEqual(before);
});
