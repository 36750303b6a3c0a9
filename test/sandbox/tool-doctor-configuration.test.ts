/** Whether an ADD with a configuration would be refused on this node, told without a pod. */
import { describe } from 'vitest';
import { vfAddress } from './machine.ts';
import { machineTest } from './machine-test.ts';
import { network } from './networks.ts';
import { attached } from './outcome.ts';
import { examine, findings, plant, settle, wrongIn } from './patient.ts';

const test = machineTest({ vfs: 2 });

const FILE = '/run/net.json';
const ADDRESSES = { subnet: '10.1.2.0/30' };
/** As it is before Multus completes it. */
const { deviceID: _, ...PLAIN } = network({ ipam: ADDRESSES });

test('a device without a configuration is misused', async ({ machine, expect }) => {
  await settle(machine);
  const { code, stderr } = await examine(machine, '--device', vfAddress(1));
  expect([code, stderr]).toEqual([2, expect.stringContaining('--device needs a configuration')]);
});

describe.concurrent('a configuration', () => {
  test.for([
    ['of one plugin', PLAIN],
    ['of a list', { cniVersion: '1.0.0', name: 'net', plugins: [{ type: 'sriov' }, { type: 'tuning' }] }],
  ] as const)('%s that works has nothing against it', async ([, netconf], { machine, expect }) => {
    await settle(machine);
    await plant(machine, FILE, JSON.stringify(netconf));
    expect(wrongIn(await findings(machine, '-f', FILE))).toEqual(['not checked: device']);
    const examined = await examine(machine, '-f', FILE, '--device', vfAddress(1));
    expect([examined.code, examined.isUntouched]).toEqual([0, true]);
    expect(examined.stdout).toContain('Nothing wrong was found');
  });

  test('is told all that stands against it', async ({ machine, expect }) => {
    await settle(machine);
    attached(await machine.add({ netconf: network({ ipam: ADDRESSES }) }));
    await plant(machine, '/etc/cni/sriov-policy.json', '{ "trust": "off", "pfs": ["pf7"] }');
    await plant(machine, FILE, JSON.stringify({ ...PLAIN, trust: 'on', mtu: 9000, vlam: 5 }));
    const examined = await examine(machine, '-f', FILE, '--device', vfAddress(1));
    await expect(examined.stdout).toMatchFileSnapshot(
      `${import.meta.dirname}/fixtures/doctor/configuration.txt`,
    );
    expect([examined.code, examined.isUntouched]).toEqual([3, true]);
  });

  test.for([
    ['a VF that a pod has', { deviceID: vfAddress(0) }, 'problem: holder'],
    ['a PF', { deviceID: '0000:01:00.0' }, 'problem: device'],
    ['a device that is not there', { deviceID: '0000:01:1f.0' }, 'problem: device'],
    ['settings that the PF cannot make', { deviceID: vfAddress(1), vlan: 5 }, 'problem: fitness'],
    ['another IPAM plugin that is not there', { ipam: { type: 'whereabouts' } }, 'problem: ipam'],
    ['an mtu above that of the PFs', { mtu: 9000 }, 'problem: mtu'],
    [
      'values that are none',
      { vlan: 5000, ipam: { type: 'host-local', subnet: '10.1.2.0' } },
      'problem: keys',
    ],
    ['a version that is none', { cniVersion: '7.0.0' }, 'problem: keys'],
  ] as const)('with %s would be refused', async ([, change, wrong], { machine, expect }) => {
    await settle(machine);
    attached(await machine.add({ netconf: network() }));
    await plant(machine, FILE, JSON.stringify({ ...PLAIN, ipam: {}, ...change }));
    expect(wrongIn(await findings(machine, '-f', FILE))).toContain(wrong);
  });

  test('whose VF a dead pod has would not be refused', async ({ machine, expect }) => {
    await settle(machine);
    attached(await machine.add({ netconf: network() }));
    await machine.sh('umount /run/netns/pod1; rm /run/netns/pod1');
    await plant(machine, FILE, JSON.stringify(network()));
    expect(wrongIn(await findings(machine, '-f', FILE))).toEqual(['warning: stale-records']);
  });

  test('that cannot be read is told by its name', async ({ machine, expect }) => {
    await settle(machine);
    await plant(machine, FILE, '{');
    const broken = await examine(machine, '-f', FILE);
    expect([broken.code, broken.stdout]).toEqual([1, '']);
    expect(broken.stderr).toContain(`error: ${FILE}:1:2: This is no JSON: `);
    const { code, stderr } = await examine(machine, '-f', '/run/none.json');
    expect([code, stderr]).toEqual([1, 'error: Cannot read /run/none.json: no such file']);
  });

  test('is taken from a NetworkAttachmentDefinition, with the VF of -d', async ({ machine, expect }) => {
    await settle(machine);
    const { name, ...config } = PLAIN;
    const metadata = `apiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\nmetadata: { name: ${name} }`;
    await plant(machine, FILE, '');
    await plant(machine, '/run/net.yaml', `${metadata}\nspec:\n  config: '${JSON.stringify(config)}'\n`);
    const { code, stdout } = await examine(machine, '-f', '/run/net.yaml', '-d', vfAddress(1), '-o', 'wide');
    expect(code, stdout).toBe(0);
    expect(stdout).toContain(`${vfAddress(1)} is a VF`);
  });
});
