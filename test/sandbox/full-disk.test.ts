/** The disk of records and addresses is full: what ADD could not write leaves nothing, and DEL goes through. */
import { describe, expect } from 'vitest';
import { FAULTS } from '../../schemas/fault.ts';
import type { Machine } from './machine.ts';
import { test } from './machine-test.ts';
import { IPV4, IPV6, network } from './networks.ts';
import { attached, expectSilence, refused } from './outcome.ts';

const pod = { netconf: network({ ipam: { ranges: [[IPV4], [IPV6]] } }) };

type Medium = readonly [what: 'inodes' | 'blocks', option: string, column: string];

const MEDIA: readonly Medium[] = [
  ['inodes', 'nr_inodes', 'iused'],
  ['blocks', 'nr_blocks', 'used'],
];

/** Leaves so many free; a block has 4096 bytes, and every small file has one. */
async function leave(machine: Machine, free: number, [, option, column]: Medium): Promise<void> {
  await machine.sh(`used=$(df -B4096 --output=${column} /var/lib/cni | tail -1)
    mount -o remount,${option}=$((used + ${free})) /var/lib/cni`);
}

/** To tmpfs a limit of 0 blocks is none, so something has to be there. */
async function occupy(machine: Machine): Promise<void> {
  await machine.sh('echo ballast >/var/lib/cni/ballast');
}

async function enlarge(machine: Machine): Promise<void> {
  await machine.sh('mount -o remount,nr_inodes=1000,nr_blocks=1000 /var/lib/cni');
}

/** As on a node that has been running: the directories are there. */
async function oneLife(machine: Machine): Promise<void> {
  attached(await machine.add(pod));
  expectSilence(await machine.del(pod));
}

const isRefusal = (code: number | undefined) => code === FAULTS['input-output'].code;

describe.concurrent.for(MEDIA)('no free %s:', (medium) => {
  test.for(['the first ADD', 'a later ADD'])(
    '%s fails and leaves all as it was, however many are free',
    async (which, { machine }) => {
      await occupy(machine);
      if (which === 'a later ADD') await oneLife(machine);
      const before = await machine.snapshot();
      const codes: (number | undefined)[] = [];
      for (let free = 0; codes.at(-1) !== 0 && free < 20; free++) {
        await enlarge(machine);
        await machine.sh('rm -rf /var/lib/cni/networks/net/.reserving/*');
        if (which === 'the first ADD')
          await machine.sh('rm -rf /var/lib/cni/networks /var/lib/cni/sriov-attachments');
        await leave(machine, free, medium);
        const outcome = await machine.add(pod);
        codes.push(outcome.code === 0 ? 0 : outcome.answer?.code);
        if (outcome.code === 0) expectSilence(await machine.del(pod));
        expect({ free, ...(await machine.snapshot()) }).toEqual({ free, ...before });
      }
      expect(codes.length).toBeGreaterThan(1);
      expect(codes.pop()).toBe(0);
      expect(codes.filter((code) => !isRefusal(code))).toEqual([]);
    },
  );

  test('DEL goes through', async ({ machine }) => {
    await occupy(machine);
    const before = await machine.snapshot();
    attached(await machine.add(pod));
    await leave(machine, 0, medium);
    expectSilence(await machine.del(pod));
    expect(await machine.snapshot()).toEqual(before);
  });

  test('the error says what could not be written', async ({ machine }) => {
    await oneLife(machine);
    await leave(machine, 0, medium);
    expect(refused(await machine.add(pod), 'input-output')).toMatch(/Cannot .*\/var\/lib\/cni\/.*ENOSPC/);
  });
});
