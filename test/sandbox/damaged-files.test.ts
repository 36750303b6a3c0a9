/** Files that are damaged, or no files, under the executable: nothing crashes, and DEL and GC put right what is left. */
import { readFile, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { damaged } from '../damage.ts';
import { seedOf, tell, times } from '../figures.ts';
import { type Machine, netnsOf } from './machine.ts';
import { test } from './machine-test.ts';
import { ALL_SETTINGS } from './networks.ts';
import { attached, expectSilence, type Outcome, refused } from './outcome.ts';

const GC = { ...ALL_SETTINGS, 'cni.dev/valid-attachments': [] };
const pod = { netconf: ALL_SETTINGS };
/** Another pod on the same VF. */
const other = { ...pod, containerId: 'c2', netns: netnsOf('pod2') };

const STATE = '/var/lib/cni/sriov-attachments';
const RECORD = `${STATE}/0000:01:10.0.json`;
const STORE = '/var/lib/cni/networks/net';
const FILES = [
  RECORD,
  RECORD,
  `${STATE}/0000:01:10.0.lock`,
  `${STORE}/10.1.2.1`,
  `${STORE}/2001:db8:1::1`,
  `${STORE}/last_reserved_ip.0`,
];

const DEEDS: Readonly<Record<string, (machine: Machine) => Promise<Outcome>>> = {
  DEL: (machine) => machine.del(pod),
  'ADD again': (machine) => machine.add(pod),
  'ADD of another pod': (machine) => machine.add(other),
  GC: (machine) => machine.cni('GC', { netconf: GC }),
  STATUS: (machine) => machine.cni('STATUS', pod),
  CHECK: (machine) => machine.check(pod, { cniVersion: '1.1.0', interfaces: [], ips: [] }),
};

const damage = fc.record({
  file: fc.constantFrom(...FILES),
  deed: fc.constantFrom(...Object.keys(DEEDS)),
  seed: fc.integer(),
});

/** As it was, besides what was set aside; leaves the machine as new. */
async function withoutDamage(machine: Machine) {
  const { state, ...rest } = await machine.snapshot();
  await machine.sh('rm -rf /var/lib/cni/*');
  const left = Object.entries(state).filter(([name]) => !/\.damaged(\.\d+)?$/.test(name));
  return { ...rest, state: Object.fromEntries(left) };
}

const PATIENCE_MS = times({ fast: 60_000, soak: 900_000 });

test('a file that is damaged does no harm: not to this command, nor to the next', {
  timeout: PATIENCE_MS,
}, async ({ machine }) => {
  const before = await machine.snapshot();
  const numRuns = times({ fast: 14, soak: 200 });
  const property = fc.asyncProperty(damage, async ({ file, deed, seed }) => {
    attached(await machine.add(pod));
    const path = machine.path(file);
    const bytes = fc.sample(damaged(await readFile(path, 'utf8'), ['c2\r\nnet1']), { seed, numRuns: 1 });
    await writeFile(path, bytes[0] ?? '');
    const { code, answer } = (await DEEDS[deed]?.(machine)) ?? {};
    if (code !== 0) expect(answer?.code).not.toBe(999);
    for (const one of [pod, other]) expectSilence(await machine.del(one));
    expectSilence(await machine.cni('GC', { netconf: GC }));
    expect(await withoutDamage(machine)).toEqual(before);
  });
  await fc.assert(property, { numRuns, seed: seedOf('damaged files'), endOnFailure: true });
  tell('damaged files', { mutations: numRuns, crashes: 0, leaks: 0 });
});

const VICTIM = '/run/victim';

describe.concurrent('in the place of a file of ours', () => {
  test.for([
    ['a file for the directory of the records', `echo x >${STATE}`],
    ['a link that leads nowhere for the directory of the records', `ln -s /nowhere ${STATE}`],
    ['a directory for the lock', `mkdir -p ${STATE}/0000:01:10.0.lock`],
    ['a link for the lock', `mkdir ${STATE}; ln -s ${VICTIM} ${STATE}/0000:01:10.0.lock`],
    ['a file for the directory of the network', `mkdir /var/lib/cni/networks; echo x >${STORE}`],
    ['a file for the directory of drafts', `mkdir -p ${STORE}; echo x >${STORE}/.reserving`],
    ['a link for the lock of the store', `mkdir -p ${STORE}; ln -s ${VICTIM} ${STORE}/lock`],
  ] as const)('%s: ADD is refused before any change', async ([, script], { machine }) => {
    await machine.sh(`echo of others >${VICTIM}; ${script}`);
    const { state: _, ...before } = await machine.snapshot();
    expect(refused(await machine.add(pod), 'input-output')).toContain('/var/lib/cni/');
    const { state, ...after } = await machine.snapshot();
    expect(after).toEqual(before);
    expect(Object.keys(state).filter((name) => name.endsWith('.json'))).toEqual([]);
    expect(await machine.sh(`cat ${VICTIM}`)).toBe('of others');
    await machine.sh('rm -rf /var/lib/cni/*');
    attached(await machine.add(pod));
  });

  test('a symbolic link is not followed, and its target stays as it is', async ({ machine }) => {
    await machine.sh(`echo of others >${VICTIM}; mkdir -p ${STATE} ${STORE}
      for file in ${RECORD} ${RECORD}.new ${RECORD}.damaged ${STORE}/last_reserved_ip.0 ${STORE}/10.1.2.1; do
        ln -s ${VICTIM} $file
      done`);
    const { ips } = attached(await machine.add(pod));
    expect(ips?.[0]?.address).toBe('10.1.2.2/24');
    expectSilence(await machine.del(pod));
    expectSilence(await machine.cni('GC', { netconf: GC }));
    expect(await machine.sh(`cat ${VICTIM}; stat -c %a ${VICTIM}`)).toBe('of others\n644');
    expect(await machine.sh(`cd /var/lib/cni; find . -type l | sort`)).toBe(
      './networks/net/10.1.2.1.damaged\n./sriov-attachments/0000:01:10.0.json.damaged\n./sriov-attachments/0000:01:10.0.json.damaged.1',
    );
  });
});

describe.concurrent('a disk that is read-only', () => {
  const mount = (option: string) => `mount -o remount,${option} /var/lib/cni`;

  test.for(['the first', 'a later'])('refuses %s ADD before any change', async (which, { machine }) => {
    if (which === 'a later') {
      attached(await machine.add(pod));
      expectSilence(await machine.del(pod));
    }
    const before = await machine.snapshot();
    await machine.sh(mount('ro'));
    const outcome = await machine.add(pod);
    expect(refused(outcome, 'input-output')).toMatch(/Cannot .*\/var\/lib\/cni\/.*EROFS/);
    expect(outcome.stderr).not.toContain(' of=');
    expect(await machine.snapshot()).toEqual(before);
  });

  test('lets DEL restore the VF; the next one, once it can be written, ends the attachment', async ({
    machine,
  }) => {
    const { state: _, ...before } = await machine.snapshot();
    attached(await machine.add(pod));
    const { state: held } = await machine.snapshot();
    await machine.sh(mount('ro'));
    expect(refused(await machine.del(pod), 'input-output')).toMatch(/Cannot remove .*EROFS/);
    expect(await machine.snapshot()).toEqual({ ...before, state: held });
    await machine.sh(mount('rw'));
    expectSilence(await machine.del(pod));
    expect(await machine.snapshot()).toEqual({ ...before, state: {} });
  });
});
