import { expect, test } from 'vitest';
import type { AttachmentRecord } from '../../../../schemas/record.ts';
import { ContainerId, IfName, NetworkName, PodWord } from '../../../../schemas/words.ts';
import { type RecordFacts, recordOutcomes, type SeenRecord } from '../../../../src/tool/doctor/records.ts';
import type { Reservation, StoredNetwork } from '../../../../src/tool/doctor/stored.ts';
import { address } from './nics.ts';
import { cureOf, expectSound, wrong } from './verdicts.ts';

const BOOTED_MS = 1_000_000;

const RECORD: AttachmentRecord = {
  format: 1,
  attachment: {
    network: NetworkName.parse('net'),
    containerId: ContainerId.parse('c1'),
    ifName: IfName.parse('net1'),
  },
  device: address('0000:01:10.0'),
  sandbox: '/run/netns/pod1',
  bootId: 'now',
  isUnfinished: false,
  addresses: { dataDir: '/var/lib/cni/networks', held: ['10.1.2.3'] },
  before: { settings: {} },
};
const LIVING: SeenRecord = { record: RECORD, isDead: false, isVfThere: true, writtenMsAgo: 1000 };
const UNFINISHED: SeenRecord = { ...LIVING, record: { ...RECORD, isUnfinished: true } };

const held = (ip: string, containerId: string, sinceMs = BOOTED_MS + 1): Reservation => ({
  address: ip,
  path: `/var/lib/cni/networks/net/${ip}`,
  containerId,
  ifName: 'net1',
  sinceMs,
});
const stored = (...reservations: readonly Reservation[]): StoredNetwork => ({
  network: 'net',
  directory: '/var/lib/cni/networks/net',
  reservations,
  damaged: [],
});

const WELL: RecordFacts = {
  executable: '/opt/cni/bin/sriov',
  records: [LIVING],
  damaged: [],
  networks: [stored(held('10.1.2.3', 'c1'))],
  ourNetworks: ['net'],
  bootedMs: BOOTED_MS,
  sriovCni: { directory: '/var/lib/cni/sriov', files: 0 },
};
const STRANGER = { ...WELL, records: [], ourNetworks: [] };
const LEFT = { directory: '/var/lib/cni/sriov', files: 2 };
const OF_SRIOV_CNI: SeenRecord = { ...LIVING, record: { ...RECORD, origin: 'sriov-cni' } };
const DAMAGED = ['/var/lib/cni/sriov-attachments/0000:01:10.2.json'];

const CASES: readonly (readonly [title: string, facts: RecordFacts, wrong: readonly string[]])[] = [
  ['an attachment that lives', WELL, []],
  ['nothing', { ...WELL, records: [], networks: [] }, []],
  ['a dead one', { ...WELL, records: [{ ...LIVING, isDead: true }] }, ['warning: stale-records']],
  [
    'a dead one whose VF is gone',
    { ...WELL, records: [{ ...LIVING, isDead: true, isVfThere: false }] },
    ['warning: stale-records'],
  ],
  ['one whose VF is gone', { ...WELL, records: [{ ...LIVING, isVfThere: false }] }, ['problem: lost-vfs']],
  ['an ADD at work', { ...WELL, records: [UNFINISHED] }, []],
  [
    'an ADD that died an hour ago',
    { ...WELL, records: [{ ...UNFINISHED, writtenMsAgo: 3_600_000 }] },
    ['warning: unfinished-records'],
  ],
  ['a damaged record', { ...WELL, damaged: DAMAGED }, ['warning: damaged-files', 'not checked: leaks']],
  [
    'a reservation that was put aside',
    { ...WELL, networks: [{ ...stored(), damaged: ['/x/10.1.2.3.damaged'] }] },
    ['warning: damaged-files'],
  ],
  ['an address of nobody', { ...WELL, networks: [stored(held('10.1.2.4', 'gone'))] }, ['warning: leaks']],
  [
    'an address of nobody beside a damaged record',
    { ...WELL, damaged: DAMAGED, networks: [stored(held('10.1.2.4', 'gone'))] },
    ['warning: damaged-files', 'not checked: leaks'],
  ],
  [
    'a reservation that was damaged, of an address that a record has',
    { ...WELL, networks: [stored(held('10.1.2.3', ''))] },
    [],
  ],
  [
    'a reservation that names nobody',
    { ...WELL, networks: [stored(held('10.1.2.9', ''))] },
    ['warning: leaks'],
  ],
  [
    'addresses of another plugin',
    { ...STRANGER, networks: [stored(held('10.1.2.4', 'c9'))] },
    ['not checked: leaks'],
  ],
  [
    'addresses of another plugin from before the boot',
    { ...STRANGER, networks: [stored(held('10.1.2.4', 'c9', BOOTED_MS - 1))] },
    ['warning: leaks'],
  ],
  ['what sriov-cni left', { ...WELL, sriovCni: LEFT }, ['warning: sriov-cni']],
  ['what a living attachment of sriov-cni needs', { ...WELL, records: [OF_SRIOV_CNI], sriovCni: LEFT }, []],
];

test.for(CASES)('%s', ([, facts, expected]) => {
  const outcomes = recordOutcomes(facts);
  expect(wrong(outcomes)).toEqual(expected);
  expectSound(outcomes);
});

test('a path that means something to a shell is quoted in what ends an attachment', () => {
  const facts = { ...WELL, executable: '/root/$(reboot)', records: [{ ...LIVING, isDead: true }] };
  expect(cureOf('stale-records', recordOutcomes(facts))).toMatch(
    /^'\/root\/\$\(reboot\)' attachments release \S+ --yes$/,
  );
});

test('a pod whose VF is gone is named', () => {
  const pod = { namespace: PodWord.parse('blue'), name: PodWord.parse('web-0') };
  const records = [{ ...LIVING, isVfThere: false, record: { ...RECORD, pod } }];
  expect(cureOf('lost-vfs', recordOutcomes({ ...WELL, records }))).toMatch(
    /^kubectl -n blue delete pod web-0/,
  );
});

test('of many leaks a few are named, and all are released', () => {
  const leaking = [4, 5, 6, 7, 8, 9, 10].map((n) => held(`10.1.2.${n}`, 'gone'));
  const outcomes = recordOutcomes({ ...WELL, networks: [stored(...leaking)] });
  const found = outcomes.find(({ check }) => check === 'leaks');
  expect(found?.message).toMatch(/^Network net holds 7 addresses .* and 2 more\.$/);
  expect(found?.cure).toEqual([
    'for a in 10.1.2.4 10.1.2.5 10.1.2.6 10.1.2.7 10.1.2.8 10.1.2.9 10.1.2.10; do /opt/cni/bin/sriov ipam release $a --network net --yes; done',
  ]);
});
