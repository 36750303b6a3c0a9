/** `sriov attachments release`, as the executable is shipped: it restores everything, or says what it could not. */
import { describe, expect } from 'vitest';
import {
  first,
  REBOOT,
  RECORD,
  SANDBOX_ENDS,
  second,
  tool,
  untilAwaited,
  withoutPod2,
} from './attachments-stage.ts';
import { EXECUTABLE } from './machine.ts';
import { test } from './machine-test.ts';
import { IPV4, network } from './networks.ts';
import { attached } from './outcome.ts';

describe.concurrent('a release', () => {
  test.for([
    ['namespace is gone', SANDBOX_ENDS, 'dead: its namespace /run/netns/pod2 is gone'],
    ['machine was booted since', REBOOT, 'of an earlier boot: the machine was booted since'],
  ] as const)(
    'of one whose %s is shown first, and restores everything',
    async ([, death, why], { machine }) => {
      const before = await withoutPod2(machine);
      attached(await machine.add(second));
      await machine.sh(death);
      const dead = await machine.snapshot();
      const { code, stdout } = await tool(machine, 'release', 'c2');
      expect(code).toBe(0);
      expect(stdout).toContain(
        `0000:01:10.2 (c2, net1 of network net, container c2) is ${why}. Releasing it would`,
      );
      expect(stdout).toContain(
        '\n  release 10.1.2.2 of /var/lib/cni/networks/net\n  remove the record\nNothing was changed.',
      );
      expect(await machine.snapshot()).toEqual(dead);
      const done = await tool(machine, 'release', '0000:01:10.2', '--yes');
      expect(done).toMatchObject({ code: 0, stdout: '0000:01:10.2 is released.' });
      expect(done.stderr).toContain('msg="DEL done"');
      expect(await withoutPod2(machine)).toEqual(before);
    },
  );

  test('of one whose ADD was killed half-way restores everything', async ({ machine }) => {
    const before = await machine.snapshot();
    await machine.interpose({ act: 'kill-after', step: 2 }, () => machine.add(second));
    expect((await tool(machine, 'release', 'c2')).stdout).toContain('is unfinished: its ADD has not ended');
    expect((await tool(machine, 'release', 'c2', '--yes')).code).toBe(0);
    expect(await machine.snapshot()).toEqual(before);
  });

  test('of a living one is refused by the name of its pod, unless it is forced', async ({ machine }) => {
    const before = await machine.snapshot();
    attached(await machine.add(first));
    const living = await machine.snapshot();
    for (const words of [[], ['--yes']]) {
      const { code, stderr } = await tool(machine, 'release', 'c1', ...words);
      expect([code, stderr]).toEqual([
        1,
        expect.stringContaining('0000:01:10.0 is in use: default/web lives.'),
      ]);
    }
    expect(await machine.snapshot()).toEqual(living);
    expect((await tool(machine, 'release', 'c1', '--yes', '--force')).code).toBe(0);
    expect(await machine.snapshot()).toEqual(before);
  });

  test('that cannot restore everything tells what is left, and keeps the record', async ({ machine }) => {
    attached(await machine.add(second));
    await machine.sh(SANDBOX_ENDS);
    const dead = await machine.snapshot();
    await machine.interpose({ act: 'refuse-from', step: 1 }, async () => {
      const { code, stderr } = await tool(machine, 'release', 'c2', '--yes');
      expect([code, stderr]).toEqual([
        1,
        expect.stringContaining('error: Cannot end the attachment of 0000:01:10.2: Cannot set vf1'),
      ]);
    });
    expect(await machine.snapshot()).toEqual(dead);
    expect((await tool(machine, 'release', 'c2', '--yes')).code).toBe(0);
  });

  test('of a container ends each of its attachments, whatever is refused for another', async ({
    machine,
  }) => {
    attached(await machine.add(first));
    attached(await machine.add({ netconf: network({ vf: 1, ipam: IPV4 }), ifName: 'net2' }));
    const words = ['release', 'c1', '--yes', '--force'];
    await machine.interpose({ act: 'unsupported', step: 2 }, async () => {
      const { code, stdout, stderr } = await tool(machine, ...words);
      expect([code, stdout]).toEqual([1, '0000:01:10.2 is released.']);
      expect(stderr).toContain(
        'Cannot end the attachment of 0000:01:10.0: Cannot set vf0 on the host: alias',
      );
    });
    expect((await tool(machine, ...words)).stdout).toBe('0000:01:10.0 is released.');
  });

  test('leaves one alone that was attached anew while another was ended', async ({ machine }) => {
    attached(await machine.add({ ...second, netconf: network({ ipam: IPV4 }), ifName: 'net2' }));
    attached(await machine.add(second));
    await machine.sh(`nsenter --net=/run/netns/pod2 ip link set net2 netns $$ name vf0; ${SANDBOX_ENDS}`);
    const lock = RECORD.replace('10.2.json', '10.0.lock');
    const releasing = machine.sh(`exec 9>${lock}; flock 9
      ${EXECUTABLE} attachments release c2 --yes >/run/out 2>&1 9>&- & tool=$!
      ${untilAwaited(lock)}
      touch /run/waiting; until [ -e /run/anew ]; do sleep 0.01; done
      flock -u 9; wait $tool || echo $?; cat /run/out`);
    await machine.sh('until [ -e /run/waiting ]; do sleep 0.01; done');
    await machine.addPod('pod2');
    attached(await machine.add(second));
    const { pods, state } = await machine.snapshot();
    await machine.sh('touch /run/anew');
    const output = await releasing;
    expect(output).toMatch(/^1\n/);
    expect(output).toContain('0000:01:10.0 is released.');
    expect(output).toContain('0000:01:10.2 is in use: c2');
    const after = await machine.snapshot();
    expect(after.pods).toEqual(pods);
    expect(Object.keys(after.state)).toContain('sriov-attachments/0000:01:10.2.json');
    expect(Object.keys(state)).toContain('sriov-attachments/0000:01:10.0.json');
  });

  test('goes on to its end when Ctrl-C ends the tool', async ({ machine }) => {
    const before = await withoutPod2(machine);
    attached(await machine.add(second));
    await machine.sh(SANDBOX_ENDS);
    const lock = RECORD.replace('.json', '.lock');
    const output = await machine.sh(`exec 9>${lock}; flock 9; set -m
      ${EXECUTABLE} attachments release c2 --yes >/run/out 2>&1 & tool=$!
      ${untilAwaited(lock)}
      kill -INT -- -$tool; wait $tool || echo $?; test -e ${RECORD} && flock -u 9
      for ((n = 0; n < 500; n++)); do [ -e ${RECORD} ] || break; sleep 0.02; done; cat /run/out`);
    expect(output).toBe('130\nEnding the attachment of 0000:01:10.2 ...');
    expect(await withoutPod2(machine)).toEqual(before);
  });
});
