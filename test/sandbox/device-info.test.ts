/** The file in which Multus looks for what it tells the pod of its device. */
import { readFile } from 'node:fs/promises';
import { describe, expect } from 'vitest';
import type { Machine } from './machine.ts';
import { test } from './machine-test.ts';
import { IPV4, network } from './networks.ts';
import { attached, expectSilence, refused } from './outcome.ts';

const FILE = '/var/run/k8s.cni.cncf.io/devinfo/cni/sriov-net-c1_net1';
/** /var/run is a link to /run, which is of the machine. */
const inMachine = (machine: Machine, path: string) => machine.path(path.replace('/var/run', '/run'));
const read = (machine: Machine, path = FILE) => readFile(inMachine(machine, path), 'utf8');

const podOf = (CNIDeviceInfoFile: string) => ({
  netconf: network({
    ipam: IPV4,
    capabilities: { CNIDeviceInfoFile: true },
    runtimeConfig: { CNIDeviceInfoFile },
  }),
});
const pod = podOf(FILE);

describe.concurrent('the file that CNIDeviceInfoFile names', () => {
  test('describes the VF, for all to read, until DEL (F36)', async ({ machine }) => {
    attached(await machine.add(pod));
    expect(JSON.parse(await read(machine))).toEqual({
      type: 'pci',
      version: '1.1.0',
      pci: { 'pci-address': '0000:01:10.0', 'pf-pci-address': '0000:01:00.0' },
    });
    expect(await machine.sh(`stat -c %a ${FILE}; ls ${FILE}*`)).toBe(`644\n${FILE}`);
    expectSilence(await machine.del(pod));
    await expect(read(machine)).rejects.toThrow('ENOENT');
  });

  test('goes with a DEL that names no file', async ({ machine }) => {
    attached(await machine.add(pod));
    expectSilence(await machine.del({ netconf: network() }));
    await expect(read(machine)).rejects.toThrow('ENOENT');
  });

  test('stays as Multus has copied it from the device plugin', async ({ machine }) => {
    const copied = '{"type":"pci","version":"1.0.0","pci":{"pci-address":"0000:01:10.0","rdma-device":"r"}}';
    await machine.sh(`mkdir -p "$(dirname ${FILE})"; echo '${copied}' >${FILE}`);
    attached(await machine.add(pod));
    expect(await read(machine)).toBe(`${copied}\n`);
    expectSilence(await machine.del(pod));
    await expect(read(machine)).rejects.toThrow('ENOENT');
  });

  test('is not there after an ADD that failed', async ({ machine }) => {
    await machine.sh('ip link add net1 type veth peer name other; ip link set net1 netns pod1');
    refused(await machine.add(pod), 'name-taken');
    await expect(read(machine)).rejects.toThrow('ENOENT');
  });

  test.for([
    '/etc/cni/net.d/00-evil.conflist',
    '/var/run/k8s.cni.cncf.io/devinfo/dp/file',
    '/var/run/k8s.cni.cncf.io/devinfo/cni/below/file',
    '/var/run/k8s.cni.cncf.io/devinfo/cni/../../file',
    'file',
  ])('may not be %s, and nothing is changed', async (path, { machine }) => {
    const before = await machine.snapshot();
    const changes = await machine.interpose({ act: 'pass', step: 0 }, async () => {
      expect(refused(await machine.add(podOf(path)), 'netconf')).toContain('CNIDeviceInfoFile: expected');
    });
    expect(changes).toEqual([]);
    expect(await machine.snapshot()).toEqual(before);
  });
});
