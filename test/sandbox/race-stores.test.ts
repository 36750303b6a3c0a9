/** One address store, and several processes at once: ours and the reference plugin's. */
import { readdir } from 'node:fs/promises';
import { describe, expect } from 'vitest';
import { type Chance, chanceOf } from '../chance.ts';
import { isSoak, seedOf, tell, times } from '../figures.ts';
import { ipamCall, OURS, THEIRS, withHostLocal } from './as-host-local.ts';
import { type Machine, OWN_PLUGINS } from './machine.ts';
import { machineTest } from './machine-test.ts';
import { addressesOf, attached, expectSilence, type Outcome } from './outcome.ts';
import { plantPlugin } from './plant-plugin.ts';

const test = machineTest({ vfs: 0, pods: ['pod1'], store: 'size=8m' });

/** Without network, broadcast and gateway it has 13 addresses. */
const IPAM = { subnet: '10.1.2.0/28' };
const ADDRESSES = 13;
const CONTAINERS = Array.from({ length: 16 }, (_, n) => `c${n}`);
const NETWORK = '/var/lib/cni/networks/net';
const NOTHING = ['last_reserved_ip.0', 'lock'];

/** Ours, that gives others time to take the address between its look at a name and its link(2). */
const SLOW = `${OWN_PLUGINS}/slow`;
const SLOWLY = `#!/bin/bash
exec strace -f -qq -o /dev/null -e trace=link,linkat -e inject=link,linkat:delay_enter=50ms ${OURS}`;

/** So many other names make a directory large, of which ours remembers who holds what. */
const MANY = 900;

const PROGRAMS = [
  ['ours alone', [OURS, SLOW], 0],
  ['ours and the reference plugin', [SLOW, THEIRS], 0],
  ['ours and the reference plugin in a large directory', [OURS, SLOW, THEIRS], MANY],
] as const;

async function prepare(machine: Machine, others: number): Promise<void> {
  await withHostLocal(machine);
  await machine.sh(`mkdir -p ${NETWORK}; cd ${NETWORK}; for n in $(seq ${others}); do : >other$n; done`);
  await plantPlugin(machine, 'slow', SLOWLY);
}

/** Of either program. */
function expectShortage({ code, answer }: Outcome): void {
  expect(code).toBe(1);
  expect(`${answer?.msg} ${answer?.details}`).toMatch(/no IP addresses available|all 13 are held/);
}

async function filesOf(machine: Machine): Promise<string[]> {
  const names = await readdir(machine.path(NETWORK), { recursive: true });
  return names.filter((name) => !/^(\.reserving$|\.holders|other)/.test(name)).sort();
}

describe.for(PROGRAMS)('%s', ([names, programs, others]) => {
  test('16 ADDs at once share 13 addresses, and 16 DELs at once leave none', async ({ machine }) => {
    await prepare(machine, others);
    const callOf = (containerId: string, n: number) =>
      ipamCall(IPAM, { containerId, plugin: programs[n % programs.length] ?? OURS });
    const outcomes = await Promise.all(CONTAINERS.map((id, n) => machine.add(callOf(id, n))));
    const winners = outcomes.filter(({ code }) => code === 0);
    const addresses = winners.flatMap((outcome) => addressesOf(attached(outcome)));
    expect([new Set(addresses).size, addresses.length]).toEqual([ADDRESSES, ADDRESSES]);
    for (const outcome of outcomes) if (outcome.code !== 0) expectShortage(outcome);
    const dels = CONTAINERS.map((id, n) => machine.del(callOf(id, n + 1)));
    for (const outcome of await Promise.all(dels)) expectSilence(outcome);
    expect(await filesOf(machine)).toEqual(NOTHING);
  });

  test('containers come and go at once, at the end of the range: no address twice, none left', {
    timeout: isSoak ? 600_000 : 120_000,
  }, async ({ machine }) => {
    await prepare(machine, others);
    const title = `one store, ${names}`;
    const chance = chanceOf(seedOf(title));
    const held = new Map<string, string>();
    const counts = { ADD: 0, 'ADD without a free address': 0, DEL: 0 };
    const lives = CONTAINERS.map(async (containerId) => {
      for (let turn = 0; turn < times({ fast: 3, soak: 60 }); turn++) {
        const call = () => ipamCall(IPAM, { containerId, plugin: programOf(programs, chance) });
        counts.ADD += 1;
        const outcome = await machine.add(call());
        const addresses = outcome.code === 0 ? addressesOf(attached(outcome)) : [];
        for (const address of addresses) {
          expect([address, held.get(address)]).toEqual([address, undefined]);
          held.set(address, containerId);
        }
        if (addresses.length === 0) {
          expectShortage(outcome);
          counts['ADD without a free address'] += 1;
        }
        if (outcome.code === 0) expectSilence(await machine.check(call(), outcome.answer));
        for (const address of addresses) held.delete(address);
        const dels = Array.from({ length: 1 + chance.below(3) }, () => machine.del(call()));
        counts.DEL += dels.length;
        for (const done of await Promise.all(dels)) expectSilence(done);
      }
    });
    await Promise.all(lives);
    expect(await filesOf(machine)).toEqual(NOTHING);
    tell(title, counts);
  });
});

function programOf(programs: readonly string[], chance: Chance): string {
  return programs[chance.below(programs.length)] ?? OURS;
}
