/** What an ADD would do, told beforehand; and that it is what an ADD does. */
import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect } from 'vitest';
import { changesIn, isOfMachine } from '../foretold.ts';
import { EXECUTABLE, type Machine, NEXT_BOOT, REFERENCE_PLUGINS } from './machine.ts';
import { test } from './machine-test.ts';
import { network, TUTORIAL } from './networks.ts';
import { attached } from './outcome.ts';
import { plantPf } from './planted-pf.ts';

const ALL = { ...TUTORIAL, vlan: 100, vlanQoS: 3, mac: '02:aa:00:00:00:01', trust: 'on', mtu: 1400 };

/** A planted PF takes a MAC in no way that a driver has. */
const WITHOUT_MAC = { ...ALL, mac: undefined };

async function explain(machine: Machine, netconf: object | string, ...words: readonly string[]) {
  const text = typeof netconf === 'string' ? netconf : JSON.stringify(netconf);
  await writeFile(machine.path('/run/net'), text);
  const { code, stdout, stderr } = await machine.run([EXECUTABLE, 'explain', '-f', '/run/net', ...words]);
  expect(stderr).toBe('');
  return { code, stdout };
}

describe.concurrent('explain', () => {
  test('tells every step of ADD and DEL, and changes nothing', async ({ machine, expect }) => {
    await plantPf(machine);
    const before = await machine.snapshot();
    expect(await explain(machine, ALL)).toMatchObject({ code: 0 });
    expect(await machine.snapshot()).toEqual(before);
    expect((await explain(machine, ALL)).stdout).toMatchSnapshot();
  });

  test('tells what ADD and DEL then do', async ({ machine }) => {
    await plantPf(machine);
    const { stdout } = await explain(machine, WITHOUT_MAC, '--netns', 'pod1', '-o', 'json');
    const { changes, restore, result } = JSON.parse(stdout);
    const added = await machine.add({ netconf: WITHOUT_MAC });
    expect(result.ips).toMatchObject([{ address: attached(added).ips?.[0]?.address }]);
    expect(changesIn(added.stderr)).toEqual(changes.filter(isOfMachine));
    const { stderr } = await machine.del({ netconf: WITHOUT_MAC });
    expect(changesIn(stderr)).toEqual(restore.filter(isOfMachine));
  });

  test('names the address that is next, also where others hold some', async ({ machine }) => {
    attached(await machine.add({ netconf: network({ vf: 1, ipam: { subnet: '10.1.2.0/29' } }) }));
    const { stdout } = await explain(machine, network({ ipam: { subnet: '10.1.2.0/29' } }), '-o', 'json');
    expect(JSON.parse(stdout).result.ips).toMatchObject([{ address: '10.1.2.3/29' }]);
  });

  test.for([
    ['a VF that a living pod has', { netconf: TUTORIAL }, /in use: .*container c1 has it as net1/],
    [
      'an address that is taken',
      { netconf: network({ vf: 1, ipam: { subnet: '10.20.30.0/30' } }) },
      undefined,
    ],
  ] as const)('says that ADD would be refused: %s', async ([what, holder, refusal], { machine }) => {
    attached(await machine.add(holder));
    const netconf = refusal ? TUTORIAL : network({ ipam: { subnet: '10.20.30.0/30' } });
    const { code, stdout } = await explain(machine, netconf);
    expect(code, what).toBe(3);
    expect(stdout).toMatch(
      refusal ?? /No free address: Cannot reserve an address of 10\.20\.30\.1-10\.20\.30\.2/,
    );
  });

  test('tells that a dead attachment is ended first', async ({ machine }) => {
    attached(await machine.add({ netconf: TUTORIAL }));
    await machine.sh(`nsenter --net=/run/netns/pod1 ip link set net1 netns $$ name vf0; ${NEXT_BOOT}`);
    const before = await machine.snapshot();
    const { code, stdout } = await explain(machine, TUTORIAL, '--netns', 'pod2');
    expect(code, stdout).toBe(0);
    expect(stdout).toContain('Ending the dead attachment');
    expect(await machine.snapshot()).toEqual(before);
  });

  test('tells that an IPAM plugin is asked, and what it is asked for is not known before', async ({
    machine,
  }) => {
    const ipam = { type: 'static', addresses: [{ address: '10.1.2.3/24' }] };
    const { code, stdout } = await explain(machine, { ...TUTORIAL, ipam }, '--cni-path', REFERENCE_PLUGINS);
    expect(code, stdout).toBe(0);
    expect(stdout).toMatch(
      /\d+\. ask the IPAM plugin static for addresses[\s\S]*DEL[\s\S]*ask the IPAM plugin static to release/,
    );
    const refused = await explain(machine, { ...TUTORIAL, ipam }, '--cni-path', '/none');
    expect(refused.stdout).toMatch(
      /^ADD would be refused: .*Cannot find the plugin "static" in CNI_PATH \/none/,
    );
  });

  test('tells of a result that the version cannot express', async ({ machine }) => {
    const ranges = [[{ subnet: '10.1.2.0/24' }], [{ subnet: '10.1.3.0/24' }]];
    const netconf = network({ cniVersion: '0.2.0', ipam: { ranges } });
    const { code, stdout } = await explain(machine, netconf);
    expect({ code, is: (await machine.add({ netconf })).answer?.code }).toEqual({ code: 3, is: 1 });
    expect(stdout).toContain('(code 1)');
  });

  test('tells that another command is at work on the VF, and does not wait for it', async ({ machine }) => {
    const lock = '/var/lib/cni/sriov-attachments/0000:01:10.0.lock';
    await machine.sh(
      `mkdir -p -m 700 ${dirname(lock)}; flock -x ${lock} sleep 20 >/dev/null 2>&1 & sleep 0.3`,
    );
    const { stdout } = await explain(machine, TUTORIAL);
    expect(stdout).toMatch(/^warning: Another command is at work on 0000:01:10\.0: ADD would wait/);
    expect((await explain(machine, network({ vf: 1 }))).stdout).not.toContain('at work');
  });

  test('tells of a VF that sriov-cni has given to a living pod', async ({ machine }) => {
    await machine.sh(
      'mkdir -p /var/lib/cni/sriov/pci; printf /run/netns/pod2 >/var/lib/cni/sriov/pci/0000:01:10.0',
    );
    const { code, stdout } = await explain(machine, TUTORIAL);
    expect(code).toBe(3);
    expect(stdout).toContain('sriov-cni has given it to /run/netns/pod2');
  });

  test('tells that dead attachments are ended where addresses are short, as ADD does', async ({
    machine,
  }) => {
    const ipam = { subnet: '10.1.2.0/30' };
    attached(await machine.add({ netconf: network({ vf: 1, ipam }), containerId: 'dead' }));
    await machine.sh('nsenter --net=/run/netns/pod1 ip link set net1 netns $$ name vf1; ip netns del pod1');
    const { code, stdout } = await explain(machine, network({ ipam }), '--netns', 'pod2');
    expect(code, stdout).toBe(0);
    expect(stdout).toContain('1. end the dead attachment of 0000:01:10.2 to container dead');
    const answer = attached(await machine.add({ netconf: network({ ipam }), netns: '/run/netns/pod2' }));
    expect(stdout).toContain(`hold ${answer.ips?.[0]?.address} `);
  });

  test.for([
    ['deviceID', { ...TUTORIAL, deviceID: undefined }, /no deviceID that .* by --device, .*\(code 7\)$/],
    ['vlan', { ...TUTORIAL, vlan: 5000 }, /vlan.*\(code 7\)$/],
    [
      'no such VF',
      { ...TUTORIAL, deviceID: '0000:01:1f.0' },
      /no such.*\(code 106\)\nsriov discover shows the VFs of this machine\.$/,
    ],
  ] as const)('tells what is wrong: %s', async ([, netconf, words], { machine }) => {
    const { code, stdout } = await explain(machine, netconf);
    expect(code).toBe(3);
    expect(stdout).toMatch(/^ADD would be refused: /);
    expect(stdout).toMatch(words);
  });

  test('gives the code of a refusal to programs, too', async ({ machine }) => {
    const { code, stdout } = await explain(machine, { ...TUTORIAL, vlan: 5000 }, '-o', 'json');
    expect(code).toBe(3);
    expect(JSON.parse(stdout).refusal).toMatchObject({ code: 7, details: expect.stringContaining('vlan') });
  });

  test.for([
    ['another type', '{ "name": "a", "type": "sriovv" }', 'Cannot use <stdin>: no plugin in it has the type'],
    ['what is broken', '{ "name": "a",, }', 'error: <stdin>:1:15: This is no JSON: '],
  ] as const)('refuses %s, also from standard input', async ([, text, words], { machine }) => {
    const script = `printf '%s' '${text}' | ${EXECUTABLE} explain -f -`;
    const { code, stdout, stderr } = await machine.run(['bash', '-c', script]);
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringContaining(words)]);
  });

  test.for(['explain -f x', 'run ADD -n pod1 -f x', 'doctor -f x'])(
    '%s -d ADDRESS insists on an address, and tells where they are',
    async (line, { machine }) => {
      const words = [EXECUTABLE, ...line.split(' '), '-d', 'foo'];
      const { code, stderr } = await machine.run(words);
      expect(code).toBe(2);
      expect(stderr).toMatch(/'foo' is invalid\. Expected a PCI address such as .* sriov discover shows/);
    },
  );

  test('takes the VF from --device, and the configuration from a NetworkAttachmentDefinition', async ({
    machine,
  }) => {
    const { deviceID, name: _, ...config } = TUTORIAL;
    const definition = `apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata: { name: blue }
spec:
  config: |
    ${JSON.stringify(config)}
`;
    const { code, stdout } = await explain(machine, definition, '--device', deviceID);
    expect(code, stdout).toBe(0);
    expect(stdout).toContain('/var/lib/cni/networks/blue');
  });
});
