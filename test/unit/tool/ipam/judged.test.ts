/** Whether anybody uses a reservation: never in doubt called stale. */
import { expect, test } from 'vitest';
import type { Listing, Reserved } from '../../../../ipam/disk-listing.ts';
import { NOBODY } from '../../../../ipam/reservations.ts';
import { PodName } from '../../../../schemas/environment.ts';
import { type Ip, parseIp } from '../../../../schemas/ip.ts';
import type { AttachmentRecord } from '../../../../schemas/record.ts';
import type { Life } from '../../../../src/tool/attachments/life.ts';
import { type Evidence, type Judged, judgedOf } from '../../../../src/tool/ipam/judged.ts';
import { isOurs } from '../../../../src/tool/ipam/survey.ts';
import { recordOf } from '../../host/a-record.ts';

const HOUR_MS = 3_600_000;
const NOW_MS = Date.UTC(2026, 10, 22, 3);
const ip = (text: string) => parseIp(text) as Ip;

const reserved = (changes: Partial<Reserved> = {}): Reserved => ({
  address: ip('10.0.0.2'),
  holder: { containerId: 'pod-a', ifName: 'net1' },
  sinceMs: NOW_MS - HOUR_MS,
  ...changes,
});

const EMPTY: Listing = { reserved: [], drafts: [], lost: [], aside: [], strange: [] };
const record: AttachmentRecord = {
  ...recordOf('0000:01:10.0'),
  pod: PodName.parse({ namespace: 'default', name: 'web' }),
};
const lived = (life: Life, changes: Partial<AttachmentRecord> = {}) => [
  { record: { ...record, ...changes }, life },
];
const DEAD: Life = { state: 'dead', why: 'its namespace is gone' };
const LIVING: Life = { state: 'living' };

/** Of a network that is ours, with one reservation that nobody has a record of. */
const evidence = (changes: Partial<Evidence> = {}, one: Partial<Reserved> = {}): Evidence => ({
  listing: { ...EMPTY, reserved: [reserved(one)] },
  lived: [],
  isOurs: true,
  damagedRecords: [],
  claims: { places: new Map(), refusals: [] },
  nowMs: NOW_MS,
  ...changes,
});

const nobody = { holder: NOBODY };
const other = { holder: { containerId: 'pod-b', ifName: 'net1' } };
const claimed = { claims: { places: new Map([['10.0.0.2', '/run/netns/x']]), refusals: [] } };

type Case = readonly [string, Evidence, Judged['state'], RegExp | undefined, boolean];

const CASES: readonly Case[] = [
  ['of a living attachment', evidence({ lived: lived(LIVING) }), 'held', undefined, false],
  [
    'of one that is not complete',
    evidence({ lived: lived({ state: 'unfinished', why: 'ADD' }) }),
    'held',
    /^ADD$/,
    false,
  ],
  ['of a dead attachment', evidence({ lived: lived(DEAD) }), 'stale', /^its namespace is gone$/, true],
  [
    'of an attachment of an earlier boot',
    evidence({ lived: lived({ state: 'of an earlier boot', why: 'booted' }) }),
    'stale',
    /^booted$/,
    true,
  ],
  [
    'of a dead attachment, in a network of whoever',
    evidence({ lived: lived(DEAD), isOurs: false }),
    'stale',
    /gone/,
    true,
  ],
  [
    'of an attachment of which nothing tells whether it lives',
    evidence({ lived: lived({ state: 'unknown', why: 'no path' }) }),
    'unknown',
    /^no path$/,
    false,
  ],
  [
    'without interface name, of a living attachment',
    evidence({ lived: lived(LIVING) }, { holder: { containerId: 'pod-a', ifName: undefined } }),
    'held',
    undefined,
    false,
  ],
  ['without a record', evidence(), 'stale', /^no record of it, and no namespace has the address$/, true],
  [
    'without a record, in a network that another plugin may use',
    evidence({ isOurs: false }),
    'unknown',
    /of another plugin\?/,
    false,
  ],
  [
    'without a record, while a namespace has the address',
    evidence(claimed),
    'held',
    /^no record of it, but \/run\/netns\/x has the address$/,
    false,
  ],
  [
    'without a record, while a record is damaged',
    evidence({ damagedRecords: ['/state/x.json'] }),
    'unknown',
    /of the damaged record \/state\/x\.json/,
    false,
  ],
  [
    'without a record, while a namespace cannot be looked into',
    evidence({ claims: { places: new Map(), refusals: ['/proc/7/ns/net: no'] } }),
    'unknown',
    /cannot look into every namespace: \/proc\/7/,
    false,
  ],
  [
    'without a record, that was made a moment ago',
    evidence({}, { sinceMs: NOW_MS - 60_000 }),
    'unknown',
    /less than 5 minutes/,
    false,
  ],
  [
    'without a record, made in the future',
    evidence({}, { sinceMs: NOW_MS + HOUR_MS }),
    'unknown',
    /less than 5 minutes/,
    false,
  ],
  [
    'that a living attachment does not list',
    evidence({ lived: lived(LIVING) }, { address: ip('10.0.0.9') }),
    'unknown',
    /record of 0000:01:10\.0 does not list it/,
    false,
  ],
  [
    'that a dead attachment does not list',
    evidence({ lived: lived(DEAD), isOurs: false }, { address: ip('10.0.0.9') }),
    'stale',
    /^no record of it, and/,
    true,
  ],
  [
    'that names another than the record that lists it',
    evidence({ lived: lived(DEAD) }, other),
    'unknown',
    /^it names pod-b, but the record of 0000:01:10\.0 lists it$/,
    false,
  ],
  ['that names nobody', evidence({}, nobody), 'damaged', /^it names nobody, and no namespace/, true],
  [
    'that names nobody, in a network of whoever',
    evidence({ isOurs: false }, nobody),
    'damaged',
    /of another plugin\?/,
    false,
  ],
  [
    'that names nobody, while a namespace has it',
    evidence(claimed, nobody),
    'held',
    /has the address$/,
    false,
  ],
  [
    'that names nobody, and that a record lists',
    evidence({ lived: lived(DEAD) }, nobody),
    'damaged',
    /goes with the attachment/,
    false,
  ],
  [
    'that cannot be read',
    evidence({}, { ...nobody, refusal: 'Cannot read x: EIO' }),
    'damaged',
    /^Cannot read x: EIO$/,
    false,
  ],
];

test.for(CASES)('a reservation %s', ([, given, state, why, isReclaimable]) => {
  const [judged] = judgedOf(given);
  expect(judged?.state).toBe(state);
  if (why) expect(judged?.why).toMatch(why);
  else expect(judged?.why).toBeUndefined();
  expect(judged?.isReclaimable ?? false).toBe(isReclaimable);
});

test('whose it is comes from the record', () => {
  expect(judgedOf(evidence({ lived: lived(LIVING) }))).toEqual([
    {
      address: '10.0.0.2',
      container: 'pod-a',
      interface: 'net1',
      since: '2026-11-22T02:00:00.000Z',
      state: 'held',
      device: '0000:01:10.0',
      pod: 'default/web',
    },
  ]);
});

test('one of sriov-cni is its owner by the joined name, whatever it lists', () => {
  const foreign = { origin: 'sriov-cni' as const, addresses: { dataDir: '/x', held: [] } };
  const attachment = { ...record.attachment, containerId: 'pod-a-net1' as never, ifName: 'x' as never };
  const holder = { containerId: 'pod-a', ifName: 'net1-x' };
  const given = evidence({ lived: lived(LIVING, { ...foreign, attachment }) }, { holder });
  expect(judgedOf(given)[0]).toMatchObject({ state: 'held', device: '0000:01:10.0' });
});

test.for([
  [60_000, 'an ADD is under way', false],
  [HOUR_MS, 'left by an ADD that died: it holds nothing', true],
] as const)('a draft of %d ms ago: %s', ([ageMs, why, isReclaimable]) => {
  const draft = { name: 'x', holder: { containerId: 'c', ifName: 'net1' }, sinceMs: NOW_MS - ageMs };
  const [judged] = judgedOf(evidence({ listing: { ...EMPTY, drafts: [draft] } }));
  expect(judged).toMatchObject({ state: 'unfinished', why, container: 'c' });
  expect(judged?.isReclaimable ?? false).toBe(isReclaimable);
});

test.for([
  ['no evidence', [], undefined, false],
  ['a configuration of sriov', [{ type: 'sriov' }], undefined, false],
  ['the word of a person', [], true, true],
  ['the word of a person, and a configuration of sriov', [{ type: 'sriov' }], true, true],
  ['the word of a person against a configuration', [{ type: 'sriov' }, { type: 'macvlan' }], true, false],
] as const)('by %s, a network is of sriov alone', ([, users, onlyOurs, expected]) => {
  expect(isOurs(users, onlyOurs ? { onlyOurs } : {})).toBe(expected);
});
