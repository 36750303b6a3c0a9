import { expect, test } from 'vitest';
import { type Ip, parseIp } from '../../../../schemas/ip.ts';
import { type Finding, findingsIn } from '../../../../src/tool/ipam/findings.ts';
import type { Judged } from '../../../../src/tool/ipam/judged.ts';
import type { Surveyed } from '../../../../src/tool/ipam/survey.ts';
import { recordOf } from '../../host/a-record.ts';

const DATA_DIR = '/var/lib/cni/networks';
const NOTHING: Surveyed = {
  network: 'net',
  listing: { reserved: [], drafts: [], lost: [], aside: [], strange: [] },
  lived: [],
  users: [],
  judged: [],
};
const judged = (changes: Partial<Judged>): Surveyed => ({
  ...NOTHING,
  judged: [{ address: '10.0.0.2', container: 'c', since: '', state: 'held', ...changes }],
});
const lived = [{ record: recordOf('0000:01:10.0'), life: { state: 'living' } as const }];
const holding = (containerId: string, ifName: string | undefined): Surveyed => ({
  ...NOTHING,
  lived,
  listing: {
    ...NOTHING.listing,
    reserved: [{ address: parseIp('10.0.0.2') as Ip, holder: { containerId, ifName }, sinceMs: 0 }],
  },
});

type Case = readonly [string, Surveyed, readonly (readonly [Finding['is'], RegExp, boolean])[]];

const CASES: readonly Case[] = [
  ['what is held', judged({}), []],
  ['an ADD under way', judged({ state: 'unfinished' }), []],
  [
    'what is stale',
    judged({ state: 'stale', isReclaimable: true }),
    [['stale', /^sriov ipam reclaim net --yes$/, true]],
  ],
  [
    'what is unknown',
    judged({ state: 'unknown' }),
    [['unknown', /^if nobody uses it: sriov ipam release 10\.0\.0\.2 --network net --yes --force$/, false]],
  ],
  [
    'what is damaged, and of a record',
    judged({ state: 'damaged', device: '0000:01:10.0' }),
    [['damaged', /^sriov attachments show 0000:01:10\.0$/, true]],
  ],
  ['a record whose address is not held', { ...NOTHING, lived }, [['missing', /^restart the pod$/, true]]],
  [
    'a dead one',
    { ...NOTHING, lived: [{ record: recordOf('0000:01:10.0'), life: { state: 'dead' } }] },
    [['missing', /^sriov attachments release 0000:01:10\.0 --yes$/, true]],
  ],
  [
    'a record of another directory',
    {
      ...NOTHING,
      lived: [
        {
          record: { ...recordOf('0000:01:10.0'), addresses: { dataDir: '/other', held: ['10.0.0.2'] } },
          life: { state: 'living' },
        },
      ],
    },
    [],
  ],
  ['one that is held', holding('pod-a', 'net1'), []],
  ['one that is held without interface name', holding('pod-a', undefined), []],
  ['one whose reservation is damaged', holding('', undefined), []],
  ['one that another holds', holding('pod-b', 'net1'), [['missing', /restart/, true]]],
  [
    'one that its container holds for another interface',
    holding('pod-a', 'x'),
    [['missing', /restart/, true]],
  ],
  [
    'files',
    {
      ...NOTHING,
      listing: { ...NOTHING.listing, lost: ['last_reserved_ip.0'], aside: ['x.damaged'], strange: ['y'] },
    },
    [
      ['of no meaning', /remove \/var\/lib\/cni\/networks\/net\/last_reserved_ip\.0$/, true],
      ['put aside', /remove .*\/x\.damaged$/, true],
      ['of no meaning', /remove .*\/y$/, true],
    ],
  ],
];

test.for(CASES)('%s', ([, surveyed, expected]) => {
  const findings = findingsIn(surveyed, { dataDir: `${DATA_DIR}/` });
  expect(findings.map((one) => [one.is, one.isWrong])).toEqual(
    expected.map(([is, , isWrong]) => [is, isWrong]),
  );
  for (const [index, [, cure]] of expected.entries()) expect(findings[index]?.cure).toMatch(cure);
});

test('what is stale because a person says that the network is ours is reclaimed by saying so', () => {
  const cures = (one: Partial<Judged>) =>
    findingsIn(judged({ state: 'stale', isReclaimable: true, ...one }), {
      dataDir: DATA_DIR,
      onlyOurs: true,
    });
  expect(cures({})).toMatchObject([{ cure: 'sriov ipam reclaim net --only-ours --yes' }]);
  expect(cures({ device: '0000:01:10.0' })).toMatchObject([{ cure: 'sriov ipam reclaim net --yes' }]);
});
