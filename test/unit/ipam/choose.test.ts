import { describe, expect, test } from 'vitest';
import { candidatesOf } from '../../../ipam/choose.ts';
import { type RangeSet, rangeSetsOf } from '../../../ipam/range-set.ts';
import { ipText } from '../../../schemas/ip.ts';
import type { RangeConf } from '../../../schemas/ipam-conf.ts';
import { ip } from './words.ts';

function setOf(...ranges: RangeConf[]): RangeSet {
  return setWithout([], ...ranges);
}

function setWithout(exclude: string[], ...ranges: RangeConf[]): RangeSet {
  const [set] = rangeSetsOf({ type: 'host-local', exclude, ranges: [ranges] });
  return set ?? expect.unreachable('no set');
}

function orderOf(set: RangeSet, last?: string): string[] {
  return Array.from(candidatesOf(set, last === undefined ? undefined : ip(last)), ipText);
}

describe('candidatesOf() a single range', () => {
  const set = setOf({ subnet: '10.0.0.0/29' });

  test('starts at the start if nothing was reserved yet', () => {
    expect(orderOf(set)).toEqual(['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5', '10.0.0.6']);
  });

  test('goes on after the last reserved one and tries that itself at the end (I3)', () => {
    expect(orderOf(set, '10.0.0.5')).toEqual(['10.0.0.6', '10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5']);
  });

  test('wraps at the end of the range', () => {
    expect(orderOf(set, '10.0.0.6')[0]).toBe('10.0.0.2');
  });

  test.each(['10.0.1.9', '10.0.0.7', '2001:db8::1'])(
    'starts at the start after %s, which it has not',
    (last) => {
      expect(orderOf(set, last)).toEqual(orderOf(set));
    },
  );

  test('never hands out the gateway, wherever in the range it is', () => {
    expect(orderOf(setOf({ subnet: '10.0.1.0/29', gateway: '10.0.1.4' }))).toEqual([
      '10.0.1.1',
      '10.0.1.2',
      '10.0.1.3',
      '10.0.1.5',
      '10.0.1.6',
    ]);
  });

  test('hands out .1 if the gateway is outside the subnet', () => {
    expect(orderOf(setOf({ subnet: '10.0.0.0/30', gateway: '10.9.9.9' }))).toEqual(['10.0.0.1', '10.0.0.2']);
  });

  test('uses addresses that end in .255 and .0 within a larger subnet', () => {
    const set = setOf({ subnet: '10.5.0.0/16', rangeStart: '10.5.0.254', rangeEnd: '10.5.1.1' });
    expect(orderOf(set)).toEqual(['10.5.0.254', '10.5.0.255', '10.5.1.0', '10.5.1.1']);
  });

  test.each([
    ['10.0.0.6/31', ['10.0.0.6', '10.0.0.7']],
    ['10.0.0.7/32', ['10.0.0.7']],
    ['2001:db8::6/127', ['2001:db8::6', '2001:db8::7']],
    ['2001:db8::7/128', ['2001:db8::7']],
  ])('uses every address of %s, and goes round', (subnet, addresses) => {
    expect(orderOf(setOf({ subnet }))).toEqual(addresses);
    expect(orderOf(setOf({ subnet }), addresses[0])).toEqual(addresses.toReversed());
  });

  test('uses the one address of a /31 that is not its gateway', () => {
    expect(orderOf(setOf({ subnet: '10.0.0.6/31', gateway: '10.0.0.6' }))).toEqual(['10.0.0.7']);
  });

  test('hands out .1 if there is no gateway (I12)', () => {
    expect(orderOf(setOf({ subnet: '10.0.0.0/30', gateway: 'none' }))).toEqual(['10.0.0.1', '10.0.0.2']);
  });

  test('gives the first of 2^64 addresses at once', () => {
    const [first] = candidatesOf(setOf({ subnet: '2001:db8::/64' }), ip('2001:db8::ffff:ffff:ffff:ffff'));
    expect(first && ipText(first)).toBe('2001:db8::2');
  });
});

describe('candidatesOf() several ranges', () => {
  const set = setOf({ subnet: '10.0.0.0/30' }, { subnet: '10.0.1.0/29', gateway: '10.0.1.4' });
  const three = setOf({ subnet: '10.0.0.0/30' }, { subnet: '10.0.1.0/30' }, { subnet: '10.0.2.0/30' });

  test('goes from range to range', () => {
    expect(orderOf(set)).toEqual(['10.0.0.2', '10.0.1.1', '10.0.1.2', '10.0.1.3', '10.0.1.5', '10.0.1.6']);
  });

  test('goes round from the last reserved one', () => {
    expect(orderOf(set, '10.0.1.2')).toEqual([
      '10.0.1.3',
      '10.0.1.5',
      '10.0.1.6',
      '10.0.0.2',
      '10.0.1.1',
      '10.0.1.2',
    ]);
  });

  test('goes from the last range to the first', () => {
    expect(orderOf(three, '10.0.2.2')).toEqual(['10.0.0.2', '10.0.1.2', '10.0.2.2']);
  });

  test('never hands out what is the gateway of another range of the set', () => {
    const subnet = '10.0.0.0/24';
    const low = { subnet, rangeEnd: '10.0.0.2', gateway: '10.0.0.10' };
    const high = { subnet, rangeStart: '10.0.0.9', rangeEnd: '10.0.0.10' };
    expect(orderOf(setOf(low, high))).toEqual(['10.0.0.2', '10.0.0.9']);
  });
});

describe('candidatesOf() with exclusions', () => {
  const subnet = '10.0.0.0/28';

  test('leaves out addresses, stretches and networks, in whatever order they come and overlap (I11)', () => {
    const set = setWithout(['10.0.0.12/30', '10.0.0.4-10.0.0.6', '10.0.0.6-10.0.0.9', '10.0.0.2', '::/0'], {
      subnet,
    });
    expect(orderOf(set)).toEqual(['10.0.0.3', '10.0.0.10', '10.0.0.11']);
  });

  test('leaves out the addresses at both ends of a range', () => {
    const set = setWithout(['10.0.0.0/29', '10.0.0.10-10.0.0.15'], { subnet });
    expect(orderOf(set)).toEqual(['10.0.0.8', '10.0.0.9']);
  });

  test('applies them to every range of a set', () => {
    const set = setWithout(
      ['10.0.0.2-10.0.1.1'],
      { subnet: '10.0.0.0/30' },
      { subnet: '10.0.1.0/30', gateway: 'none' },
    );
    expect(orderOf(set)).toEqual(['10.0.1.2']);
  });

  test.each(['10.0.0.5', '10.0.0.6', '10.0.0.7'])(
    'goes on behind the last reserved %s, excluded since or not',
    (last) => {
      const set = setWithout(['10.0.0.5-10.0.0.7'], { subnet: '10.0.0.0/28', rangeEnd: '10.0.0.9' });
      expect(orderOf(set, last)).toEqual(['10.0.0.8', '10.0.0.9', '10.0.0.2', '10.0.0.3', '10.0.0.4']);
    },
  );

  test('steps over 2^63 excluded addresses at once', () => {
    const set = setWithout(['2001:db8::/65'], { subnet: '2001:db8::/64' });
    const [first] = candidatesOf(set, ip('2001:db8::5'));
    expect(first && ipText(first)).toBe('2001:db8:0:0:8000::');
  });
});
