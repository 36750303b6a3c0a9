/** Addresses from another plugin: how it is called, by one that writes down its calls. */
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect } from 'vitest';
import { type Machine, netnsOf, OWN_PLUGINS } from './machine.ts';
import { test } from './machine-test.ts';
import { network } from './networks.ts';
import { attached, expectSilence, refused } from './outcome.ts';
import { plantPlugin } from './plant-plugin.ts';

test('a plugin that is not in CNI_PATH is refused before any change', async ({ machine }) => {
  const before = await machine.snapshot();
  const netconf = network({ ipam: { type: 'whereabouts' } });
  const changes = await machine.interpose({ act: 'pass', step: 0 }, async () => {
    expect(refused(await machine.add({ netconf }), 'netconf')).toContain('"whereabouts" in CNI_PATH');
  });
  expect(changes).toEqual([]);
  expect(await machine.snapshot()).toEqual(before);
});

/** Refuses what a file /run/refuse-COMMAND is there for, with the code that stands in it, or 11. */
const RECORDER = `#!/bin/bash
cat >/run/stdin
ip link show vf0 >/dev/null 2>&1 && vf=home || vf=away
echo "$CNI_COMMAND $CNI_CONTAINERID $CNI_IFNAME $CNI_NETNS vf0 $vf" >>/run/calls
echo "recorder: $CNI_COMMAND" >&2
[ ! -e /run/refuse-$CNI_COMMAND ] || { read -r code <"/run/refuse-$CNI_COMMAND"; echo "{\\"code\\":\${code:-11},\\"msg\\":\\"later\\"}"; exit 1; }
[ "$CNI_COMMAND" != ADD ] || cat /run/answer
`;
const ONE_ADDRESS = { ips: [{ address: '10.1.2.7/24' }] };
const recorded = { netconf: network({ ipam: { type: 'recorder', pool: 'blue' } }) };
const lineOf = (command: string, vf: 'home' | 'away') => `${command} c1 net1 ${netnsOf('pod1')} vf0 ${vf}`;

async function withRecorder(machine: Machine, answer: object = ONE_ADDRESS): Promise<void> {
  await plantPlugin(machine, 'recorder', RECORDER);
  await writeFile(machine.path('/run/answer'), JSON.stringify({ cniVersion: '1.1.0', ...answer }));
}

async function callsTo(machine: Machine): Promise<string[]> {
  return (await readFile(machine.path('/run/calls'), 'utf8')).trim().split('\n');
}

describe.concurrent('the plugin that ipam.type names', () => {
  test('is asked when the VF is in the pod and up, and released after it came back', async ({ machine }) => {
    const before = await machine.snapshot();
    await withRecorder(machine);
    attached(await machine.add(recorded));
    expectSilence(await machine.del(recorded));
    expect(await callsTo(machine)).toEqual([lineOf('ADD', 'away'), lineOf('DEL', 'home')]);
    expect(await machine.snapshot()).toEqual(before);
  });

  test('gets the whole configuration, and its standard error is passed on (I18)', async ({ machine }) => {
    await withRecorder(machine);
    expect((await machine.add(recorded)).stderr).toMatch(/^recorder: ADD$/m);
    expect(JSON.parse(await readFile(machine.path('/run/stdin'), 'utf8'))).toEqual(recorded.netconf);
  });

  test.for([
    ['the kernel refuses the address', { ips: [{ address: 'ff02::5/64' }] }, recorded, 'kernel-refused'],
    [
      'the version has no words for the result',
      { ips: [{ address: '10.1.2.7/24' }, { address: '10.1.3.7/24' }] },
      { netconf: { ...recorded.netconf, cniVersion: '0.2.0' } },
      'incompatible-version',
    ],
  ] as const)('gets a DEL if ADD fails after it: %s', async ([, answer, call, fault], { machine }) => {
    const before = await machine.snapshot();
    await withRecorder(machine, answer);
    refused(await machine.add(call), fault);
    expect(await callsTo(machine)).toEqual([lineOf('ADD', 'away'), lineOf('DEL', 'home')]);
    expect(await machine.snapshot()).toEqual(before);
  });

  test('gets a DEL if its own ADD fails', async ({ machine }) => {
    const before = await machine.snapshot();
    await withRecorder(machine);
    await machine.sh('touch /run/refuse-ADD');
    expect(refused(await machine.add(recorded), 'busy')).toContain('later');
    expect(await callsTo(machine)).toEqual([lineOf('ADD', 'away'), lineOf('DEL', 'away')]);
    expect(await machine.snapshot()).toEqual(before);
  });

  test('that fails ADD and DEL holds nothing: the VF is free', async ({ machine }) => {
    const before = await machine.snapshot();
    await withRecorder(machine);
    await machine.sh('touch /run/refuse-ADD; echo 7 >/run/refuse-DEL');
    expect(refused(await machine.add(recorded), 'busy')).not.toContain('incomplete');
    expect(await machine.snapshot()).toEqual(before);
  });

  test('that fails ADD and is to be asked for DEL later stays in the record until it is', async ({
    machine,
  }) => {
    const before = await machine.snapshot();
    await withRecorder(machine);
    await machine.sh('touch /run/refuse-ADD /run/refuse-DEL');
    expect(refused(await machine.add(recorded), 'busy')).toContain('Restoring is incomplete');
    await machine.sh('rm /run/refuse-DEL');
    expectSilence(await machine.del(recorded));
    expect((await callsTo(machine)).at(-1)).toEqual(lineOf('DEL', 'home'));
    expect(await machine.snapshot()).toEqual(before);
  });

  test('gets a DEL from the next ADD if the first was killed', async ({ machine }) => {
    const before = await machine.snapshot();
    await withRecorder(machine);
    await machine.interpose({ act: 'kill-after', step: 4 }, () => machine.add(recorded));
    attached(await machine.add(recorded));
    expectSilence(await machine.del(recorded));
    const life = [lineOf('ADD', 'away'), lineOf('DEL', 'home')];
    expect(await callsTo(machine)).toEqual([...life, ...life]);
    expect(await machine.snapshot()).toEqual(before);
  });

  test('is asked again by the next DEL if it failed', async ({ machine }) => {
    const before = await machine.snapshot();
    await withRecorder(machine);
    attached(await machine.add(recorded));
    await machine.sh('touch /run/refuse-DEL');
    expect((await machine.del(recorded)).code).toBe(1);
    await machine.sh('rm /run/refuse-DEL');
    expectSilence(await machine.del({ ...recorded, netns: '' }));
    expect(await callsTo(machine)).toEqual([
      lineOf('ADD', 'away'),
      lineOf('DEL', 'home'),
      lineOf('DEL', 'home'),
    ]);
    expect(await machine.snapshot()).toEqual(before);
  });

  test.for(['CHECK', 'STATUS', 'GC'] as const)(
    'gets %s, too, and its refusal is ours',
    async (command, { machine }) => {
      await withRecorder(machine);
      const prevResult = attached(await machine.add(recorded));
      const netconf = { ...recorded.netconf, prevResult };
      const call = {
        netconf:
          command === 'GC'
            ? { ...netconf, 'cni.dev/valid-attachments': [{ containerID: 'c1', ifname: 'net1' }] }
            : netconf,
      };
      expectSilence(await machine.cni(command, call));
      expect((await callsTo(machine)).at(-1)).toMatch(new RegExp(`^${command} .*vf0 away$`));
      await machine.sh(`touch /run/refuse-${command}`);
      const { code, answer } = await machine.cni(command, call);
      expect([code, answer?.details]).toEqual([1, expect.stringContaining('later')]);
    },
  );

  test('is asked by DEL without a record, too', async ({ machine }) => {
    await withRecorder(machine);
    expectSilence(await machine.del(recorded));
    expect(await callsTo(machine)).toEqual([lineOf('DEL', 'home')]);
  });

  test('may be gone when another pod gets the VF: that is told, and the VF is not lost', async ({
    machine,
  }) => {
    await withRecorder(machine);
    attached(await machine.add(recorded));
    await machine.sh(`mv ${OWN_PLUGINS}/recorder /run`);
    await machine.sh('nsenter --net=/run/netns/pod1 ip link set net1 netns $$ name vf0; true');
    const other = { netconf: network(), containerId: 'c2', netns: netnsOf('pod2') };
    const outcome = await machine.add(other);
    attached(outcome);
    expect(outcome.stderr).toMatch(/level=error .*Addresses may stay reserved/);
  });

  test('that answers no result fails ADD, and is asked for DEL', async ({ machine }) => {
    const before = await machine.snapshot();
    await withRecorder(machine);
    await machine.sh('echo null >/run/answer');
    expect(refused(await machine.add(recorded), 'ipam-plugin-gone')).toContain(
      '"recorder" printed no CNI result',
    );
    expect(await callsTo(machine)).toEqual([lineOf('ADD', 'away'), lineOf('DEL', 'home')]);
    expect(await machine.snapshot()).toEqual(before);
  });

  test('may be gone by DEL: its address stays with the record, until it is back', async ({ machine }) => {
    const before = await machine.snapshot();
    await withRecorder(machine);
    attached(await machine.add(recorded));
    await machine.sh(`mv ${OWN_PLUGINS}/recorder /run`);
    const { code, answer } = await machine.del(recorded);
    expect([code, answer?.details]).toEqual([1, expect.stringContaining('"recorder"')]);
    await machine.sh(`mv /run/recorder ${OWN_PLUGINS}`);
    expectSilence(await machine.del(recorded));
    expect(await callsTo(machine)).toEqual([lineOf('ADD', 'away'), lineOf('DEL', 'home')]);
    expect(await machine.snapshot()).toEqual(before);
  });
});

test('DEL without a record warns of a plugin that is not there, and succeeds', async ({ machine }) => {
  const outcome = await machine.del(recorded);
  expectSilence(outcome);
  expect(outcome.stderr).toMatch(/level=warning .*recorder/);
});
