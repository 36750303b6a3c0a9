/** Pods that come and go on all VFs of a machine at once, as a seed has it. */
import { expect } from 'vitest';
import { type Chance, chanceOf } from '../chance.ts';
import type { Machine } from './machine.ts';
import { attached, expectSilence, type Outcome, refused } from './outcome.ts';
import { createGate, createTurnstile } from './race-gates.ts';
import {
  createModel,
  type Model,
  NETWORKS,
  type NetworkName,
  type Owner,
  type Pod,
  podOf,
} from './race-model.ts';

export type Race = {
  readonly machine: Machine;
  readonly model: Model;
  readonly seed: number;
  readonly turnstile: ReturnType<typeof createTurnstile>;
  readonly gates: Readonly<Record<NetworkName, ReturnType<typeof createGate>>>;
  /** How often each kind of operation was done. */
  readonly counts: Map<string, number>;
};

const COMMANDS_AT_ONCE = 64;
const GONE = '/run/netns/gone';

export function createRace(machine: Machine, seed: number): Race {
  return {
    machine,
    model: createModel(),
    seed,
    turnstile: createTurnstile(COMMANDS_AT_ONCE),
    gates: { wide: createGate(), dual: createGate(), tight: createGate() },
    counts: new Map(),
  };
}

type Life = { readonly race: Race; readonly vf: number; readonly chance: Chance; round: number };

/** Several rounds on each VF, none of which waits for another VF. */
export async function run(race: Race, vfs: number, rounds: { from: number; count: number }): Promise<void> {
  const lives = Array.from({ length: vfs }, async (_, vf) => {
    const life = { race, vf, chance: chanceOf(race.seed + vf * 1000 + rounds.from), round: rounds.from };
    for (; life.round < rounds.from + rounds.count; life.round++) await play(life);
  });
  await Promise.all(lives);
}

/** The last owner goes, and up to three pods want the VF, while DELs of the last still come. */
async function play(life: Life): Promise<void> {
  const { race, vf } = life;
  const pods = await newPods(life);
  const old = race.model.ownerOf(vf);
  const { isOver, late } = old ? await leave(life, old.pod, pods) : { isOver: true, late: [] };
  const [outcomes] = await Promise.all([
    Promise.all(pods.map((pod) => add(race, pod))),
    Promise.all(late.map((call) => call())),
  ]);
  const holders = old && !isOver ? [old.pod] : [];
  let owner = judge(race, pods, { outcomes, holders });
  const [first] = pods;
  if (!owner && first && !isOver)
    owner = judge(race, [first], { outcomes: [await add(race, first)], holders: [] });
  await afterwards(life, { pods, owner, old: old?.pod });
}

async function newPods({ race, vf, chance, round }: Life): Promise<Pod[]> {
  const name = chance.oneOf(NETWORKS);
  const pods = Array.from({ length: 1 + chance.below(3) }, (_, n) => podOf(vf, round * 10 + n, name));
  const names = pods.map((pod) => pod.name).join(' ');
  await race.machine.sh(`for pod in ${names}; do ip netns add $pod; ip -n $pod link set lo up; done`);
  return pods;
}

type Leaving = { readonly isOver: boolean; readonly late: readonly (() => Promise<void>)[] };

/** Six DELs in all: all of them late, or one that is over before the next pods come, or none before the sandbox dies. */
async function leave(life: Life, pod: Pod, next: readonly Pod[]): Promise<Leaving> {
  const { race, chance } = life;
  const netns = () => chance.oneOf([pod.netns, '', '', '', GONE, next[0]?.netns ?? '']);
  const dels = Array.from({ length: 6 }, netns).map((path) => () => del(race, pod, path));
  race.model.leaves(pod);
  switch (chance.below(4)) {
    case 0:
      await die(race, pod);
      return { isOver: true, late: dels };
    case 1:
      return { isOver: false, late: dels };
    default:
      await dels.pop()?.();
      if (chance.isOneIn(2)) await removePods(race, [pod]);
      return { isOver: true, late: dels };
  }
}

/** As the kernel does with a VF whose sandbox dies; a veth would die with it. */
async function die(race: Race, pod: Pod): Promise<void> {
  count(race, 'sandboxes that died');
  const comesHome = `nsenter --net=${pod.netns} ip link set net1 netns $$ name vf${pod.vf}`;
  await race.machine.sh(`${comesHome}; ip netns del ${pod.name}`);
  race.model.holdsNothing(pod);
}

async function add(race: Race, pod: Pod): Promise<Outcome & { readonly sinceMs: number }> {
  return race.gates[pod.network].pass(async () => {
    const sinceMs = performance.now();
    race.model.begins(pod);
    const outcome = await race.turnstile(() => race.machine.add(pod));
    if (outcome.code === 0) race.model.owns(pod, attached({ ...outcome, stderr: '' }));
    else race.model.holdsNothing(pod);
    return { ...outcome, sinceMs };
  });
}

async function del(race: Race, pod: Pod, netns: string): Promise<void> {
  const kinds = new Map([
    [pod.netns, 'own'],
    ['', 'no'],
    [GONE, 'a dead'],
  ]);
  count(race, `DEL with ${kinds.get(netns) ?? "the next pod's"} namespace`);
  expectSilence(await race.turnstile(() => race.machine.del({ ...pod, netns })));
  race.model.holdsNothing(pod);
}

type Judgement = {
  readonly outcomes: readonly (Outcome & { readonly sinceMs: number })[];
  /** Who may have had the VF besides the winner. */
  readonly holders: readonly Pod[];
};

/** One wins, and the others are told who has the VF; or nobody does, where there may have been no address. */
function judge(race: Race, pods: readonly Pod[], { outcomes, holders }: Judgement): Owner | undefined {
  const results = pods.flatMap((pod, index) => {
    const outcome = outcomes[index];
    return outcome ? [{ pod, outcome }] : [];
  });
  const winners = results.filter(({ outcome }) => outcome.code === 0);
  expect(winners.length).toBeLessThanOrEqual(1);
  const [winner] = winners;
  const named = [...holders, ...winners.map(({ pod }) => pod)].map((pod) => pod.containerId);
  const losers = results.filter((result) => result !== winner);
  const isShort = losers.map(({ pod, outcome }) => mustBeToldWhy(race, pod, { outcome, named }));
  if (!winner) {
    expect(holders.length > 0 || isShort.includes(true)).toBe(true);
    return undefined;
  }
  count(race, 'ADD that wins');
  return race.model.ownerOf(winner.pod.vf);
}

type Loss = { readonly outcome: Judgement['outcomes'][number]; readonly named: readonly string[] };

/** Whether it was for a lack of addresses. */
function mustBeToldWhy(race: Race, pod: Pod, { outcome, named }: Loss): boolean {
  const isShort = outcome.answer?.code === 101;
  if (isShort) {
    count(race, 'ADD without a free address');
    refused(outcome, 'no-free-address');
    expect(race.model.mayLackAddress(pod, outcome.sinceMs)).toBe(true);
  } else {
    count(race, 'ADD that is told the holder');
    const [, holder = ''] = /container (\S+) has it as net1/.exec(refused(outcome, 'device-in-use')) ?? [];
    expect(named).toContain(holder);
  }
  return isShort;
}

type Aftermath = {
  readonly pods: readonly Pod[];
  readonly owner: Owner | undefined;
  readonly old: Pod | undefined;
};

/** DELs of those that have not the VF, from everywhere, do nothing to the one that has it. */
async function afterwards({ race, chance }: Life, { pods, owner, old }: Aftermath): Promise<void> {
  const losers = pods.filter((pod) => pod !== owner?.pod);
  const others = [...losers, ...(old ? [old] : [])];
  const netns = () => chance.oneOf(['', GONE, owner?.pod.netns ?? '']);
  const dels = others.map((pod) => del(race, pod, netns()));
  const checks = owner ? [check(race, owner)] : [];
  await Promise.all([...dels, ...checks, ...(chance.isOneIn(6) ? [gc(race, chance.oneOf(NETWORKS))] : [])]);
  if (owner) await check(race, owner);
  await removePods(race, others);
}

async function check(race: Race, { pod, answer }: Owner): Promise<void> {
  count(race, 'CHECK');
  expectSilence(await race.turnstile(() => race.machine.check(pod, answer)));
}

/** While no ADD of the network runs, as the specification demands. */
async function gc(race: Race, name: NetworkName): Promise<void> {
  await race.gates[name].alone(async () => {
    count(race, 'GC');
    const { netconf } = podOf(0, 0, name);
    const living = race.model.living().filter(({ pod }) => pod.network === name);
    const valid = living.map(({ pod }) => ({ containerID: pod.containerId, ifname: 'net1' }));
    const conf = { ...netconf, 'cni.dev/valid-attachments': valid };
    expectSilence(await race.turnstile(() => race.machine.cni('GC', { netconf: conf })));
  });
}

/** All that are left, in the end. */
export async function endAll(race: Race): Promise<void> {
  await Promise.all(
    race.model.living().map(async ({ pod }) => {
      race.model.leaves(pod);
      await Promise.all([pod.netns, '', GONE].map((netns) => del(race, pod, netns)));
      await removePods(race, [pod]);
    }),
  );
}

async function removePods({ machine }: Race, pods: readonly Pod[]): Promise<void> {
  const paths = pods.map((pod) => pod.name).join(' ');
  await machine.sh(`for pod in ${paths}; do [[ ! -e /run/netns/$pod ]] || ip netns del $pod; done`);
}

function count({ counts }: Race, kind: string): void {
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
}
