import { expect, test } from 'vitest';
import { IfName } from '../../../../schemas/words.ts';
import { PLAIN_LINK } from '../../../../src/model/plain-link.ts';
import { type Checked, differingIn } from '../../../../src/tool/attachments/differing.ts';
import { refusalOf } from '../../../../src/tool/attachments/releasable.ts';
import { recordOf } from '../../host/a-record.ts';

const record = { ...recordOf('0000:01:10.0'), isUnfinished: false };
const link = {
  ...PLAIN_LINK,
  name: IfName.parse('net1'),
  mac: '02:00:00:00:01:00',
  altnames: [],
  linkType: 'ether',
  hasCarrier: true,
  isUp: true,
};
const network = { addresses: ['10.0.0.2/24', 'fe80::1/64'], tentative: [], duplicate: [], routes: [] };
const SOUND: Checked = { life: { state: 'living' }, isVf: true, inside: { link, network }, missing: [] };

const CASES: readonly [string, Partial<Checked>, readonly string[]][] = [
  ['nothing', {}, []],
  [
    'a link under another name, and down',
    { inside: { link: { ...link, name: IfName.parse('x'), isUp: false }, network } },
    ['The name of the interface is x, wanted net1', 'The state of x is down, wanted up'],
  ],
  [
    'an address that is not on the link',
    { inside: { link, network: { ...network, addresses: ['10.0.0.20/24'] } } },
    ['net1 has no address 10.0.0.2'],
  ],
  [
    'an address that the store gave to another',
    { missing: ['10.0.0.2'] },
    ['The store in /var/lib/cni/networks does not hold 10.0.0.2 for it'],
  ],
  ['a VF that is none any more', { isVf: false }, ['0000:01:10.0 is no VF any more']],
  [
    'a namespace that is gone, where its link is not missed',
    { life: { state: 'dead', why: 'its namespace /x is gone' }, inside: undefined as never },
    ['Its namespace /x is gone'],
  ],
  ['a doubt', { life: { state: 'living', why: 'cannot look' } }, ['Cannot look']],
  [
    'a link that is not seen',
    { inside: undefined as never },
    ['The link of 0000:01:10.0 is not seen in its namespace'],
  ],
];

test.for(CASES)('%s', ([, found, sentences]) => {
  expect(differingIn(record, { ...SOUND, ...found })).toEqual(sentences);
});

test('a VF for userspace has no link to be missed', () => {
  const { link: _, ...before } = record.before;
  expect(differingIn({ ...record, before }, { ...SOUND, inside: undefined as never })).toEqual([]);
});

test.for([
  ['living', undefined, /^0000:01:10.0 is in use: pod-a lives\. .*--force$/],
  ['living', 'cannot look', /lives \(cannot look\)/],
  ['unknown', 'nothing tells', /may be in use by pod-a: nothing tells/],
  ['dead', 'gone', undefined],
  ['of an earlier boot', 'booted', undefined],
  ['unfinished', 'half-way', undefined],
] as const)('one that is %s (%s) is %s', ([state, why, expected]) => {
  const refusal = refusalOf(record, { state, ...(why && { why }) });
  if (expected) expect(refusal).toMatch(expected);
  else expect(refusal).toBeUndefined();
});
