/** A machine on which commands are killed one after the other: after each, everything has to be as it was before. */
import { expect } from 'vitest';
import type { KillCase } from './kill-cases.ts';
import { type Command, dieThen, type Point, pointsOf } from './kill-points.ts';
import { type Call, createMachine, type Machine, netnsOf } from './machine.ts';
import { type Answer, attached, expectSilence, refused } from './outcome.ts';

/** What comes after the death, at once. */
export const FOLLOW_UPS = ['DEL', 'ADD again', 'ADD of another pod', 'GC'] as const;
export type FollowUp = (typeof FOLLOW_UPS)[number];

/** `refused` is an ADD because the one that was killed is complete. */
type Outcome = 'ended' | 'attached' | 'refused';

type Pod = Call & { readonly netconf: object };
/** An attachment as it is to be: what ADD answers, and what the machine then looks like. */
type Attached = { readonly pod: Pod; readonly result: Answer; readonly state: object };

export type Stage = Awaited<ReturnType<typeof createStage>>;

export async function createStage({ pod, prepare, beforeEach = '' }: KillCase) {
  const machine = await createMachine();
  await prepare?.(machine);
  await machine.sh(beforeEach);
  const [first, second] = podsOf(pod);
  const collection = { ...first, netconf: { ...first.netconf, 'cni.dev/valid-attachments': [] } };
  const before = await stateOf(machine);
  const one = await lifeOf(first);
  const other = await lifeOf(second);

  const callOf = (command: Command): Call => (command === 'GC' ? collection : first);
  const makingOf = (command: Command) => ({ machine, command, call: callOf(command) });

  return {
    pointsOf: (command: Command) => pointsOf(makingOf(command), () => reset(command)),
    /** The command dies at the point; the follow-up has to make all as it was before. */
    async dieThen(command: Command, point: Point, followUp: FollowUp): Promise<Outcome> {
      const outcome = await dieThen(
        { making: makingOf(command), prepare: () => reset(command), next: () => follow(followUp) },
        point,
      );
      expect(await stateOf(machine)).toEqual(before);
      if (followUp === 'GC') expectSilence(await machine.del(first));
      expect(await machine.sh(DRAFTS)).toBe('');
      return outcome;
    },
    stop: machine.stop,
  };

  async function lifeOf(pod: Pod): Promise<Attached> {
    const result = attached(await machine.add(pod));
    const state = await stateOf(machine);
    expectSilence(await machine.check(pod, result));
    expectSilence(await machine.del(pod));
    expect(await stateOf(machine)).toEqual(before);
    return { pod, result, state };
  }

  /** The machine as the command expects it. */
  async function reset(command: Command): Promise<void> {
    expectSilence(await machine.del(first));
    await machine.sh(beforeEach);
    if (command !== 'ADD') attached(await machine.add(first));
  }

  async function follow(followUp: FollowUp): Promise<Outcome> {
    if (followUp === 'ADD again') return attach(one);
    if (followUp === 'ADD of another pod') return attach(other);
    expectSilence(await machine.cni(followUp, callOf(followUp)));
    return 'ended';
  }

  /** What is refused must be attached correctly. A DEL of the first pod that comes late ends no other's attachment. */
  async function attach(wanted: Attached): Promise<Outcome> {
    const outcome = await machine.add(wanted.pod);
    const isRefused = outcome.code !== 0;
    if (isRefused) expect(refused(outcome, 'device-in-use')).toContain('container c1 has it');
    else expect(attached(outcome)).toEqual(wanted.result);
    const holder = isRefused ? one : wanted;
    if (holder === other) expectSilence(await machine.del(first));
    expect(await stateOf(machine)).toEqual(holder.state);
    expectSilence(await machine.check(holder.pod, holder.result));
    expectSilence(await machine.del(holder.pod));
    return isRefused ? 'refused' : 'attached';
  }
}

function podsOf({ netconf, ...pod }: KillCase['pod']): readonly [Pod, Pod] {
  const ofSecond = JSON.parse(JSON.stringify(netconf).replaceAll('c1_', 'c2_'));
  return [
    { ...pod, netconf, containerId: 'c1' },
    { ...pod, netconf: ofSecond, containerId: 'c2', netns: netnsOf('pod2') },
  ];
}

/** Of a record that was not written to its end. Nobody reads it, and GC does not know of what network it is. */
const DRAFTS = 'find /var/lib/cni/sriov-attachments -name "*.new"';

/** All but drafts of records. */
async function stateOf(machine: Machine) {
  const { state, ...snapshot } = await machine.snapshot();
  const pf = await machine.sh('echo link show dev pf0 | /usr/sbin/ip -d -j -batch -');
  const files = await machine.sh(`mkdir -p /run/k8s.cni.cncf.io
    find /run/k8s.cni.cncf.io -type f -exec tail -n +1 {} +`);
  const logs = await machine.sh('head -qn1 /run/log/* 2>/dev/null | grep planted | sort || true');
  const records = Object.entries(state)
    .filter(([name]) => !name.endsWith('.json.new'))
    .map(
      ([name, text]) =>
        [name, text.replace(ALTNAMES, sorted).replace(CHECKSUM, '').replace(SINCE, '')] as const,
    );
  return {
    ...snapshot,
    state: Object.fromEntries(records),
    vfs: JSON.parse(pf)[0].vfinfo_list,
    files,
    logs,
  };
}

/** The kernel lists a link's altnames in the order in which they were added; the checksum tells of that, and of the time, too. */
const ALTNAMES = /(?<="altnames": \[)[^\]]*/;
const CHECKSUM = /"checksum": "\w+"/;
const SINCE = /"since": "[^"]+",/;
const sorted = (names: string) => names.match(/\w+/g)?.sort().join() ?? '';
