import { expect, test } from 'vitest';
import { type ProgramFacts, programOutcomes } from '../../../../src/tool/doctor/programs.ts';
import { cureOf, expectSound, wrong } from './verdicts.ts';

const IP = { program: 'ip', path: '/usr/sbin/ip' } as const;
const WELL: ProgramFacts = {
  distribution: 'debian',
  programs: [IP],
  ipVersion: 'ip utility, iproute2-6.1.0, libbpf 1.1.2\n',
};
const printing = (ipVersion: string): ProgramFacts => ({ ...WELL, ipVersion });
const without = (program: 'ip' | 'flock', distribution: ProgramFacts['distribution']): ProgramFacts => ({
  distribution,
  programs: [{ program, missing: `Cannot find ${program}` }],
});

test.for([
  ['iproute2 6.1', WELL, []],
  ['iproute2 of RHEL 9', printing('ip utility, iproute2-6.2.0, libbpf 1.2.0'), []],
  ['iproute2 of Ubuntu 20.04, which has a date', printing('ip utility, iproute2-ss200127'), []],
  ['iproute2 of Debian 9', printing('ip utility, iproute2-ss161212'), ['warning: iproute2-version']],
  ['iproute2 4.20', printing('ip utility, iproute2-v4.20.0'), ['warning: iproute2-version']],
  ['the ip of BusyBox', printing('BusyBox v1.36.1 multi-call binary.'), ['problem: iproute2-version']],
  ['no ip', without('ip', 'debian'), ['problem: program-ip']],
] as const satisfies readonly (readonly [string, ProgramFacts, readonly string[]])[])(
  '%s',
  ([, facts, expected]) => {
    const outcomes = programOutcomes(facts);
    expect(wrong(outcomes)).toEqual(expected);
    expectSound(outcomes);
  },
);

test.for([
  ['ip', 'debian', 'apt-get install iproute2'],
  ['ip', 'rhel', 'dnf install iproute'],
  ['flock', 'rhel', 'dnf install util-linux'],
  ['ip', 'other', 'apt-get install iproute2  # Debian, Ubuntu\ndnf install iproute  # RHEL'],
] as const)('%s of %s is installed by %j', ([program, distribution, cure]) => {
  expect(cureOf(`program-${program}`, programOutcomes(without(program, distribution)))).toBe(cure);
});
