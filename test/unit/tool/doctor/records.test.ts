import { expect, test } from 'vitest';
import type { AttachmentRecord } from '../../../../schemas/record.ts';
import { ContainerId, IfName, NetworkName, PodWord } from '../../../../schemas/words.ts';
import { type RecordFacts, recordOutcomes, type SeenRecord } from '../../../../src/tool/doctor/records.ts';
import type { Judged } from '../../../../src/tool/ipam/judged.ts';
import { address } from './nics.ts';
import { cureOf, expectSound, wrong } from './verdicts.ts';

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
const LIVING: SeenRecord = {
  record: RECORD,
  life: { state: 'living' },
  isSandboxThere: true,
  isVfThere: true,
  writtenMsAgo: 1000,
};
const DEAD: SeenRecord = {
  ...LIVING,
  life: { state: 'dead', why: 'its namespace is gone' },
  isSandboxThere: false,
};
const UNSEEN: SeenRecord = {
  ...LIVING,
  life: { state: 'unknown', why: 'is this a container?' },
  isSandboxThere: false,
};
const UNFINISHED: SeenRecord = { ...LIVING, life: { state: 'unfinished', why: 'its ADD has not ended' } };

const judged = (changes: Partial<Judged>): Judged => ({
  address: '10.1.2.4',
  container: 'gone',
  since: '',
  state: 'held',
  ...changes,
});
const LEAKING = { state: 'stale', isReclaimable: true, why: 'no record of it' } as const;
const NOTHING = { reserved: [], drafts: [], lost: [], aside: [], strange: [] };
const stored = (...all: readonly Partial<Judged>[]) => [
  {
    dataDir: '/var/lib/cni/networks',
    surveys: [{ network: 'net', listing: NOTHING, judged: all.map(judged) }],
  },
];

const WELL: RecordFacts = {
  executable: '/opt/cni/bin/sriov',
  records: [LIVING],
  damaged: [],
  stores: stored({}),
  sriovCni: { directory: '/var/lib/cni/sriov', files: 0, living: [], doubts: [] },
};
const LEFT = { ...WELL.sriovCni, files: 2 };
const DAMAGED = ['/var/lib/cni/sriov-attachments/0000:01:10.2.json'];

const CASES: readonly (readonly [title: string, facts: RecordFacts, wrong: readonly string[]])[] = [
  ['an attachment that lives', WELL, []],
  ['nothing', { ...WELL, records: [], stores: [] }, []],
  ['a dead one', { ...WELL, records: [DEAD] }, ['warning: stale-records']],
  [
    'a dead one whose VF is gone',
    { ...WELL, records: [{ ...DEAD, isVfThere: false }] },
    ['warning: stale-records'],
  ],
  ['one of which nothing tells', { ...WELL, records: [UNSEEN] }, ['not checked: stale-records']],
  ['one whose VF is gone', { ...WELL, records: [{ ...LIVING, isVfThere: false }] }, ['problem: lost-vfs']],
  [
    'one whose VF is gone, and its link with it',
    { ...WELL, records: [{ ...DEAD, isSandboxThere: true, isVfThere: false }] },
    ['problem: lost-vfs'],
  ],
  ['an ADD at work', { ...WELL, records: [UNFINISHED] }, []],
  [
    'an ADD that died an hour ago',
    { ...WELL, records: [{ ...UNFINISHED, writtenMsAgo: 3_600_000 }] },
    ['warning: unfinished-records'],
  ],
  ['a damaged record', { ...WELL, damaged: DAMAGED }, ['warning: damaged-files']],
  [
    'a reservation that was put aside',
    {
      ...WELL,
      stores: [
        {
          dataDir: '/x',
          surveys: [{ network: 'net', listing: { ...NOTHING, aside: ['10.1.2.3.damaged'] }, judged: [] }],
        },
      ],
    },
    ['warning: damaged-files'],
  ],
  ['an address of nobody', { ...WELL, stores: stored(LEAKING) }, ['warning: leaks']],
  [
    'an address that a dead attachment holds',
    { ...WELL, stores: stored({ ...LEAKING, device: '0000:01:10.0' }) },
    [],
  ],
  [
    'an address of which nobody knows',
    { ...WELL, stores: stored({ state: 'unknown', why: 'of another plugin?' }) },
    ['not checked: leaks'],
  ],
  [
    'a reservation that names nobody, and may be of somebody',
    { ...WELL, stores: stored({ state: 'damaged', why: 'it names nobody' }) },
    ['not checked: leaks'],
  ],
  ['what sriov-cni left', { ...WELL, sriovCni: LEFT }, ['warning: sriov-cni']],
  [
    'what a living attachment of sriov-cni needs',
    { ...WELL, sriovCni: { ...LEFT, living: ['0000:01:10.0'], doubts: ['x'] } },
    [],
  ],
  [
    'what sriov-cni left for whoever',
    { ...WELL, sriovCni: { ...LEFT, doubts: ['its claim cannot be read', 'x'] } },
    ['not checked: sriov-cni'],
  ],
];

test.for(CASES)('%s', ([, facts, expected]) => {
  const outcomes = recordOutcomes(facts);
  expect(wrong(outcomes)).toEqual(expected);
  expectSound(outcomes);
});

test('a path that means something to a shell is quoted in what ends an attachment', () => {
  const facts = { ...WELL, executable: '/root/$(reboot)', records: [DEAD] };
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

test('of many leaks a few are named, and all are reclaimed', () => {
  const leaking = [4, 5, 6, 7, 8, 9, 10].map((n) => ({ ...LEAKING, address: `10.1.2.${n}` }));
  const outcomes = recordOutcomes({ ...WELL, stores: stored(...leaking) });
  const found = outcomes.find(({ check }) => check === 'leaks');
  expect(found?.message).toMatch(/^Network net holds 7 addresses .* and 2 more\.$/);
  expect(found?.cure).toEqual(['/opt/cni/bin/sriov ipam reclaim net --yes']);
});
