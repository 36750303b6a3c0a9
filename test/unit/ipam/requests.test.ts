import { expect, test } from 'vitest';
import { rangeSetsOf } from '../../../ipam/range-set.ts';
import { requestsOf } from '../../../ipam/requests.ts';
import { ipText } from '../../../schemas/ip.ts';

const sets = rangeSetsOf({
  type: 'host-local',
  ranges: [
    [{ subnet: '10.0.0.0/29' }, { subnet: '10.0.1.0/29', gateway: '10.0.1.4' }],
    [{ subnet: '2001:db8::/64' }],
    [{ subnet: '10.7.0.0/31' }],
  ],
  exclude: ['10.0.1.5-10.0.1.6', '2001:db8::100/120'],
});

/** By the index of the set. */
function requestsBySet(...requested: string[]): (string | undefined)[] {
  const requests = requestsOf(sets, requested);
  return sets.map((set) => requests.get(set)).map((ip) => ip && ipText(ip));
}

test.each<[string, string[], (string | undefined)[]]>([
  ['nothing', [], [undefined, undefined, undefined]],
  ['an address of the second range', ['10.0.1.3'], ['10.0.1.3', undefined, undefined]],
  [
    'one of each, in any order',
    ['10.7.0.0', '2001:DB8:0::7', '10.0.0.6'],
    ['10.0.0.6', '2001:db8::7', '10.7.0.0'],
  ],
  ['a prefix length, whatever it is', ['10.0.0.3/8'], ['10.0.0.3', undefined, undefined]],
  ['the same address from two sources', ['10.0.0.3', '10.0.0.3/29'], ['10.0.0.3', undefined, undefined]],
])('requestsOf() understands %s', (_, requested, expected) => {
  expect(requestsBySet(...requested)).toEqual(expected);
});

const RANGES =
  '10.0.0.1-10.0.0.6,10.0.1.1-10.0.1.6 or 2001:db8::1-2001:db8::ffff:ffff:ffff:ffff or 10.7.0.0-10.7.0.1';

test.each([
  ['an address of no range', ['10.9.9.9'], `Cannot reserve "10.9.9.9": it is no address of ${RANGES}`],
  ['the network address', ['10.0.0.0'], `Cannot reserve "10.0.0.0": it is no address of ${RANGES}`],
  ['no address', ['pod-7'], `Cannot reserve "pod-7": it is no address of ${RANGES}`],
  ['the gateway', ['10.0.1.4'], 'Cannot reserve "10.0.1.4": it is the gateway of range 10.0.1.0/29'],
  ['an excluded address', ['2001:db8::1ff'], 'Cannot reserve "2001:db8::1ff": ipam.exclude has it'],
  [
    'a second one of the same set',
    ['10.0.1.3', '10.0.0.2'],
    'Cannot reserve "10.0.0.2": 10.0.1.3 is requested of the same range set, which gives one address',
  ],
  [
    'everything at once, naming all',
    ['10.0.0.1', '10.0.0.2', '10.0.1.6/29'],
    'Cannot reserve "10.0.0.1": it is the gateway of range 10.0.0.0/29; Cannot reserve "10.0.1.6/29": ipam.exclude has it',
  ],
])('requestsOf() refuses %s', (_, requested, message) => {
  expect(() => requestsOf(sets, requested)).toThrow(expect.objectContaining({ fault: 'netconf', message }));
});
