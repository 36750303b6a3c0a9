/** `sriov ipam reclaim|release`, as the executable is shipped, on stores that it and upstream host-local have filled. */
import { describe, expect } from 'vitest';
import { ipamCall, THEIRS } from './as-host-local.ts';
import {
  confFile,
  first,
  ipam,
  LEAKED,
  leak,
  oneLivingOneDead,
  REBOOT,
  RECORDS,
  SANDBOX_ENDS,
  STORE,
  second,
  tool,
  withoutPod2,
} from './ipam-stage.ts';
import { EXECUTABLE, netnsOf } from './machine.ts';
import { test } from './machine-test.ts';
import { attached, expectSilence } from './outcome.ts';

describe.concurrent('reclaiming', () => {
  test.for([
    ['whose namespace is gone', SANDBOX_ENDS, 'its namespace /run/netns/pod2 is gone'],
    ['of an earlier boot', REBOOT, 'the machine was booted since'],
  ] as const)('ends an attachment %s, and restores its VF', async ([, death, why], { machine }) => {
    const before = await withoutPod2(machine);
    attached(await machine.add(second));
    await machine.sh(`${death}; ${leak()}; ${leak('10.201.7.78', '')}`);
    const shown = await tool(machine, 'reclaim', '--only-ours');
    expect(shown.stdout).toBe(`Would free in network net
  10.201.7.2: ${why}; ends the attachment of 0000:01:10.2
  10.201.7.77: no record of it, and no namespace has the address
  10.201.7.78: it names nobody, and no namespace has the address
  2001:db8:c907::2: ${why}; ends the attachment of 0000:01:10.2
Nothing was changed. --yes does it.`);
    const { code, stdout } = await tool(machine, 'reclaim', 'net', '--only-ours', '--yes');
    expect([code, stdout]).toEqual([
      0,
      `0000:01:10.2 is released, 10.201.7.2 is free, 2001:db8:c907::2 is free.\n10.201.7.77 is free.\n10.201.7.78 is free.`,
    ]);
    expect(await withoutPod2(machine)).toEqual(before);
    expect((await tool(machine, 'reclaim', '--yes')).stdout).toBe('Nothing is stale.');
  });

  test('leaves those who live alone', async ({ machine }) => {
    await oneLivingOneDead(machine);
    expect((await tool(machine, 'reclaim', '--yes')).code).toBe(0);
    expect(Object.keys((await machine.snapshot()).state)).toEqual(
      expect.arrayContaining(['networks/net/10.201.7.2', 'sriov-attachments/0000:01:10.0.json']),
    );
    const { stdout } = await tool(machine, 'show', 'net', '-o', 'json');
    expect(JSON.parse(stdout).map(({ state }: { state: string }) => state)).toEqual(['held', 'held']);
  });

  test('takes a draft that a killed ADD left, and not one that is at work', async ({ machine }) => {
    attached(await machine.add(first));
    const draft = `${STORE}/.reserving/c9@net1@7-8`;
    await machine.sh(`touch ${draft}; touch -d '1 hour ago' ${draft}; touch ${draft}9`);
    expect((await tool(machine, 'check', '-o', 'json')).stdout).toContain('left by an ADD that died');
    expect((await tool(machine, 'reclaim', '--yes')).code).toBe(0);
    expect(await machine.sh(`ls ${STORE}/.reserving; ls ${STORE}`)).toContain('10.201.7.2');
    expect(await machine.sh(`[ -e ${draft} ] || echo gone`)).toBe('gone');
  });

  test.for([
    ['a record is damaged', `mkdir -p ${RECORDS}; echo x >${RECORDS}/0000:01:10.6.json`],
    ['it was made a moment ago', `touch ${STORE}/${LEAKED}`],
    [
      'a configuration of another plugin names the network',
      confFile('10-net.conflist', {
        name: 'net',
        plugins: [{ type: 'bridge', ipam: { type: 'host-local', ...ipam } }],
      }),
    ],
    [
      'a pod has the address though its record is lost',
      `nsenter --net=${netnsOf('pod1')} ip address add ${LEAKED}/24 dev lo`,
      true,
    ],
  ] as const)('leaves what has no record alone if %s', async ([, script, isHeld], { machine }) => {
    attached(await machine.add(first));
    await machine.sh(leak());
    expect((await tool(machine, 'reclaim', '--only-ours')).stdout).toContain(`${LEAKED}: no record of it`);
    await machine.sh(script);
    const { state } = await machine.snapshot();
    const { stdout } = await tool(machine, 'reclaim', '--yes', '--only-ours');
    expect(stdout).toBe(isHeld ? 'Nothing is stale.' : `Nothing is stale.\n${LEFT}`);
    expect((await machine.snapshot()).state).toEqual(state);
  });
});

test('what has no record is left alone, whatever sriov has in the network, until a person says that it is ours', async ({
  machine,
}) => {
  attached(await machine.add(first));
  await machine.sh(`${leak()}; ${confFile('10-net.conf', first.netconf)}`);
  const { state } = await machine.snapshot();
  expect((await tool(machine, 'show', 'net')).stdout).toMatch(
    /10\.201\.7\.77 .* unknown .*of another plugin\?/,
  );
  expect((await tool(machine, 'reclaim', '--yes')).stdout).toBe(`Nothing is stale.\n${LEFT}`);
  const { code, stderr } = await tool(machine, 'release', LEAKED, '--network', 'net', '--yes');
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining(`${LEAKED} may be in use by c9: no record of it;`),
  ]);
  expect((await machine.snapshot()).state).toEqual(state);
  expect((await tool(machine, 'reclaim', '--yes', '--only-ours')).stdout).toBe(`${LEAKED} is free.`);
});

const LEFT =
  '1 address is left alone, since somebody may use what is not known to be stale: sriov ipam check tells why.';

test('in a container that does not see namespaces of pods, nothing is freed', async ({ machine }) => {
  attached(await machine.add(first));
  await machine.sh(leak());
  const { state } = await machine.snapshot();
  const inContainer = (...words: readonly string[]) => {
    const script = `mount -t tmpfs none /run; exec ${EXECUTABLE} ipam ${words.join(' ')} --conf-dir /none`;
    return machine.run(['unshare', '--mount', 'bash', '-c', script]);
  };
  expect((await inContainer('reclaim', '--yes')).stdout).toMatch(
    /^Nothing is stale\.\n\d addresses are left alone/,
  );
  expect((await inContainer('show', 'net')).stdout).toContain('is this a container?');
  expect((await machine.snapshot()).state).toEqual(state);
});

test("upstream host-local's reservations are unknown, and never touched", async ({ machine }) => {
  const call = ipamCall(
    { subnet: '10.201.8.0/24' },
    { plugin: THEIRS, conf: { name: 'bridges' }, containerId: 'c7' },
  );
  attached(await machine.add(call));
  attached(await machine.add(first));
  await machine.sh(`touch -d '1 hour ago' /var/lib/cni/networks/bridges/10.201.8.2`);
  const { state } = await machine.snapshot();
  const { code, stdout } = await tool(machine, 'check');
  expect([code, stdout]).toEqual([
    0,
    expect.stringMatching(/bridges +10\.201\.8\.2 +unknown +.*of another plugin\?/),
  ]);
  expect((await tool(machine, 'reclaim', '--yes')).stdout).toBe(`Nothing is stale.\n${LEFT}`);
  expect((await machine.snapshot()).state).toEqual(state);
  expectSilence(await machine.del(call));
});

describe.concurrent('releasing', () => {
  test('an address of a living pod is refused by its name, unless it is forced', async ({ machine }) => {
    attached(await machine.add(first));
    const before = await machine.snapshot();
    const words = ['release', '10.201.7.2', '--network', 'net', '--yes'];
    expect(await tool(machine, ...words)).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'error: 10.201.7.2 is in use by default/web. End the pod instead, or free the address by --force',
    });
    expect(await machine.snapshot()).toEqual(before);
    expect(await tool(machine, ...words, '--force')).toMatchObject({
      code: 0,
      stdout: '10.201.7.2 is free.',
    });
    expect((await tool(machine, 'check', '-o', 'json')).stdout).toContain(
      'the store does not hold it for c1',
    );
    expectSilence(await machine.del(first));
  });

  test.for([
    ['of nobody that is recorded', leak(), LEAKED, '--only-ours'],
    ['of nobody that is recorded, by force', leak(), LEAKED, '--force'],
    ['that was made a moment ago, by force', `${leak()}; touch ${STORE}/${LEAKED}`, LEAKED, '--force'],
    ['that names nobody', leak(LEAKED, ''), LEAKED],
    ['in another spelling', leak('2001:db8:c907::77'), '2001:DB8:C907:0::77', '--only-ours'],
  ] as const)(
    'one %s is shown first, and takes no other along',
    async ([, script, address, ...how], { machine }) => {
      const before = await machine.snapshot();
      await machine.sh(
        `${leak('10.201.7.99')}; rm ${STORE}/*; ${script}; printf 'c9\\r\\nnet1' >${STORE}/10.201.7.99`,
      );
      const words = ['release', address, '--network', 'net', ...how];
      const { code, stdout } = await tool(machine, ...words);
      expect([code, stdout]).toEqual([0, expect.stringMatching(/would be freed\. .*\nNothing was changed/)]);
      expect((await tool(machine, ...words, '--yes')).stdout).toMatch(/ is free\.$/);
      await machine.sh(`rm ${STORE}/10.201.7.99`);
      expect(await machine.snapshot()).toEqual(before);
    },
  );

  test.for([
    ['was made a moment ago', `${leak()}; touch ${STORE}/${LEAKED}`, /less than 5 minutes/],
    [
      'names nobody, and was made a moment ago',
      `${leak(LEAKED, '')}; touch ${STORE}/${LEAKED}`,
      /names nobody/,
    ],
    [
      'may be of a damaged record',
      `${leak()}; mkdir -p ${RECORDS}; echo x >${RECORDS}/0000:01:10.6.json`,
      /damaged/,
    ],
  ] as const)('one that %s takes force', async ([, script, why], { machine }) => {
    await machine.sh(script);
    const words = ['release', LEAKED, '--network', 'net', '--yes', '--only-ours'];
    const { code, stderr } = await tool(machine, ...words);
    expect([code, stderr]).toEqual([1, expect.stringMatching(why)]);
    expect(stderr).toMatch(/may be in use by .* --force frees it nevertheless$/);
    expect((await tool(machine, ...words, '--force')).stdout).toBe(`${LEAKED} is free.`);
  });

  test('one that nobody holds, or that is none, is refused', async ({ machine }) => {
    await machine.sh(leak());
    for (const address of ['10.201.7.9', 'x', '']) {
      expect((await tool(machine, 'release', address, '--network', 'net', '--yes')).code).toBe(1);
    }
    expect((await tool(machine, 'release', LEAKED)).code).toBe(2);
  });
});
