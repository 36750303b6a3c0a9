import { expect, test } from 'vitest';
import { type ConfigurationFacts, configurationOutcomes } from '../../../../src/tool/doctor/configuration.ts';
import { cureOf, expectSound, wrong } from './verdicts.ts';

const WELL: ConfigurationFacts = {
  steps: [{ check: 'keys', well: 'the configuration is valid' }],
  unknownKeys: [],
  oddities: [],
};
const PFS = [
  { name: 'pf0', mtu: 1500 },
  { name: 'pf1', mtu: 9000 },
];
const anyDevice = (any: Partial<NonNullable<ConfigurationFacts['anyDevice']>>): ConfigurationFacts => ({
  ...WELL,
  anyDevice: { pfs: PFS, vfs: 3, freeVfs: 2, ...any },
});
const DEVICE = 'not checked: device';

const CASES: readonly (readonly [title: string, facts: ConfigurationFacts, wrong: readonly string[]])[] = [
  ['nothing against it', WELL, []],
  ['a refusal', { ...WELL, steps: [{ check: 'policy', well: '', refusal: 'Refused' }] }, ['problem: policy']],
  [
    'a key that nobody knows',
    { ...WELL, unknownKeys: ['Unknown key "vlam" is ignored: is vlan meant?'] },
    ['warning: unknown-keys'],
  ],
  ['something odd', { ...WELL, oddities: ['VF 2 of pf0 has the MAC, too'] }, ['warning: oddities']],
  ['no device, and free VFs', anyDevice({}), [DEVICE]],
  ['no device, and no free VF', anyDevice({ freeVfs: 0 }), [DEVICE, 'problem: free-vfs']],
  ['an mtu that each PF has', anyDevice({ mtu: 1400 }), [DEVICE]],
  ['an mtu that one PF lacks', anyDevice({ mtu: 2000 }), [DEVICE, 'warning: mtu']],
  ['an mtu that no PF has', anyDevice({ mtu: 9100 }), [DEVICE, 'problem: mtu']],
];

test.for(CASES)('%s', ([, facts, expected]) => {
  const outcomes = configurationOutcomes(facts);
  expect(wrong(outcomes)).toEqual(expected);
  expectSound(outcomes);
});

test('that there is no VF at all is told, not that none is free', () => {
  const told = (vfs: number) =>
    configurationOutcomes(anyDevice({ vfs, freeVfs: 0 })).find(({ check }) => check === 'free-vfs')?.message;
  expect([told(0), told(3)]).toEqual(['This node has no VF.', 'No VF of this node is free.']);
});

test('a refusal that ends with a question keeps its mark', () => {
  const message = (refusal: string) =>
    configurationOutcomes({ ...WELL, steps: [{ check: 'device', well: '', refusal }] })[0]?.message;
  expect(message('It is not there. Were its VFs made?')).toBe('It is not there. Were its VFs made?');
  expect(message('It is a PF')).toBe('It is a PF.');
});

test('what is known better goes before what mostly helps', () => {
  const step = { check: 'fitness', well: '', refusal: 'mtu: cannot be 9000' } as const;
  const cure = (more: object) =>
    cureOf('fitness', configurationOutcomes({ ...WELL, steps: [{ ...step, ...more }] }));
  expect(cure({})).toMatch(/^sriov discover/);
  expect(cure({ cure: 'ip link set pf0 mtu 9000' })).toBe('ip link set pf0 mtu 9000');
});

test('the PFs that have too little get it', () => {
  expect(cureOf('mtu', configurationOutcomes(anyDevice({ mtu: 2000 })))).toBe('ip link set pf0 mtu 2000');
});
