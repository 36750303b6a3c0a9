/** The VF, its PF or its sandbox is not any more what it was at ADD: DEL and the next ADD do what still can be done. */
import { afterEach, describe, expect, test } from 'vitest';
import { isSoak } from '../figures.ts';
import { EVERY_SETTING, type Json, PF, TUTORIAL, useNodeOfItsOwn, VF } from './node.ts';

const node = useNodeOfItsOwn();

const SET = { netconf: { ...TUTORIAL, ...EVERY_SETTING } };
const SECOND = { ...SET, containerId: 'pod2', netns: 'pod2' };
const DEVICE = `/sys/bus/pci/devices/${VF}`;
const MAKE_VFS = `bash scripts/lab/guest/make-vfs.sh 2 >/dev/null`;
const REMOVE_VFS = `echo 0 >/sys/bus/pci/devices/${PF}/sriov_numvfs`;
const rebind = (device: string, driver: string) => `echo ${device} >/sys/bus/pci/drivers/${driver}/unbind
  echo ${device} >/sys/bus/pci/drivers/${driver}/bind; udevadm settle 2>/dev/null`;
const REBIND_PF = `${rebind(PF, 'igb')}; ip link set $(ls /sys/bus/pci/devices/${PF}/net) up`;

/** VFs made anew may have other MACs. */
function withoutMacs(host: Json): Json {
  return JSON.parse(JSON.stringify(host).replaceAll(/[0-9a-f]{2}(:[0-9a-f]{2}){5}/g, 'MAC'));
}

const nothingHeld = async () =>
  expect(await node.sh('find /var/lib/cni -type f -name "*.json"; find /var/lib/cni -name "10.*"')).toBe('');

const toldWhoHasIt = {
  code: 100,
  details: expect.stringContaining('container pod1 has it as net1'),
};

/** Processes that hold a namespace. */
afterEach(() =>
  node.sh('for pid in $(cat /run/holders 2>/dev/null); do kill $pid; done; rm -f /run/holders'),
);

/** Leaves a process in a network namespace of its own, or in that of the pod. */
const hold = (how: string) => `${how} sleep 300 >/dev/null 2>&1 &
  until [ "$(readlink /proc/$!/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; do sleep 0.05; done; echo $! >>/run/holders`;
const HOLD_POD = hold('nsenter --net=/run/netns/pod1');
const MOVE_ON = `${hold('unshare -n')}
  ip -n pod1 link set net1 down; ip -n pod1 link set net1 netns $! name mine`;

async function expectFound(): Promise<void> {
  const { code, log } = await node.cni('DEL', SET);
  expect(code, log).toBe(0);
  expect(log).toMatch(/is in \/proc\/\d+\/ns\/net, not where its record tells/);
}

test('the pod has moved its VF on into a namespace of its own: another pod is told who has it, and DEL puts everything back', async () => {
  const before = await node.snapshot();
  await node.addPod('pod2');
  await node.add(SET);
  await node.sh(MOVE_ON);
  const attached = await node.snapshot();
  expect((await node.cni('ADD', SECOND)).json).toMatchObject(toldWhoHasIt);
  expect(await node.snapshot()).toEqual(attached);
  await expectFound();
  expect(await node.snapshot()).toEqual(before);
});

test('the path of the sandbox is that of another one, but a process holds the first: DEL finds the VF and puts everything back', async () => {
  const before = await node.snapshot();
  await node.add(SET);
  await node.sh(`${HOLD_POD}; ip netns del pod1; ip netns add pod1`);
  await expectFound();
  expect(await node.snapshot()).toEqual(before);
});

test('the VF is given to vfio-pci: DEL undoes what the PF shows, and leaves the driver', async () => {
  await node.add(SET);
  await node.sh(`modprobe vfio-pci; echo vfio-pci >${DEVICE}/driver_override; echo ${VF} >${DEVICE}/driver/unbind
    echo ${VF} >/sys/bus/pci/drivers_probe`);
  await node.del(SET);
  expect(await node.shown(0)).toMatchObject({ vlan_list: [{}], spoofchk: true, trust: false });
  expect(await node.sh(`readlink ${DEVICE}/driver`)).toContain('vfio-pci');
  await nothingHeld();
  await node.sh(`echo >${DEVICE}/driver_override; echo ${VF} >${DEVICE}/driver/unbind; echo ${VF} >/sys/bus/pci/drivers_probe
    udevadm settle 2>/dev/null; ip link set $(ls ${DEVICE}/net) up; ip link set $(ls ${DEVICE}/net) down`);
});

async function expectEnded(accident: string): Promise<void> {
  const before = await node.snapshot();
  await node.add(SET);
  await node.sh(accident);
  await node.del(SET);
  await nothingHeld();
  await node.sh(MAKE_VFS);
  expect(withoutMacs(await node.snapshot())).toEqual(withoutMacs(before));
}

test('its VFs are removed under a running pod: DEL ends the attachment, and a new VF is as any', () =>
  expectEnded(REMOVE_VFS));

if (isSoak) {
  describe('in the long form', () => {
    test("the PF's driver is bound anew under a running pod: DEL ends the attachment, and a new VF is as any", () =>
      expectEnded(REBIND_PF));

    test('VFs are made anew under a running pod: ADD for another one gets the VF, and then DEL of the first touches nothing', async () => {
      const before = await node.snapshot();
      await node.addPod('pod2');
      await node.add(SET);
      await node.sh(`${REMOVE_VFS}; ${MAKE_VFS}`);
      await node.add(SECOND);
      const attached = await node.snapshot();
      await node.del(SET);
      expect(await node.snapshot()).toEqual(attached);
      await node.del(SECOND);
      expect(withoutMacs(await node.snapshot())).toEqual(withoutMacs(before));
    });

    test("the VF's driver is bound anew: the kernel takes the link from the pod, and DEL puts the new one right", async () => {
      const before = await node.snapshot();
      await node.add(SET);
      await node.sh(rebind(VF, 'igbvf'));
      await node.del(SET);
      expect(await node.snapshot()).toEqual(before);
    });

    test('the PF is renamed: DEL finds it by its VF', async () => {
      const before = await node.snapshot();
      const pf = await node.linkName(PF);
      await node.add(SET);
      await node.sh(
        `ip link set ${pf} down; ip link set ${pf} name uplink; ip link set uplink up; udevadm settle 2>/dev/null`,
      );
      await node.del(SET);
      await node.sh(`ip link set uplink down; ip link property del dev uplink altname ${pf} 2>/dev/null
    ip link set uplink name ${pf}; ip link set ${pf} up; udevadm settle 2>/dev/null`);
      expect(await node.snapshot()).toEqual(before);
    });

    test('the pod cannot delete its interface: the kernel does not let it, and DEL is as ever', async () => {
      const before = await node.snapshot();
      await node.add(SET);
      expect(await node.sh('ip -n pod1 link del net1 2>&1 || true')).toContain('Operation not supported');
      await node.del(SET);
      expect(await node.snapshot()).toEqual(before);
    });

    test('the first process of a sandbox /proc/PID/ns/net is dead, another one lives: DEL and the next ADD find the VF there', async () => {
      const before = await node.snapshot();
      await node.addPod('pod2');
      for (const next of ['DEL', 'ADD']) {
        const pid = await node.sh(`${HOLD_POD}; ${HOLD_POD}; head -n 1 /run/holders`);
        const call = { ...SET, netns: `/proc/${pid}/ns/net` };
        await node.add(call);
        await node.sh(
          `kill ${pid}; sed -i 1d /run/holders; while [ -d /proc/${pid} ]; do sleep 0.05; done; umount /run/netns/pod1`,
        );
        if (next === 'ADD') await node.add(SECOND);
        await node.del(call);
        if (next === 'ADD') await node.del(SECOND);
        expect(await node.snapshot()).toEqual(before);
        await node.sh('kill $(cat /run/holders); rm /run/holders /run/netns/pod1; ip netns add pod1');
      }
    });

    test('the path of the sandbox is gone, but a process holds it: DEL finds the VF and puts everything back', async () => {
      const before = await node.snapshot();
      await node.add(SET);
      await node.sh(`${HOLD_POD}; ip netns del pod1`);
      await expectFound();
      expect(await node.snapshot()).toEqual(before);
    });

    test('the pod that moved its VF on is dead: another one gets it', async () => {
      const before = await node.snapshot();
      await node.addPod('pod2');
      await node.add(SET);
      await node.sh(`${MOVE_ON}; ip netns del pod1`);
      await node.add(SECOND);
      await node.del(SECOND);
      expect(await node.snapshot()).toEqual(before);
    });
  });
}
