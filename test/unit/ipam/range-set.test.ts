import { describe, expect, test } from 'vitest';
import { type RangeSet, rangeSetsOf, rangeSetText, rangeWith, sizeOf } from '../../../ipam/range-set.ts';
import { CniError } from '../../../schemas/fault.ts';
import { prefixText } from '../../../schemas/ip.ts';
import type { IpamConf, IpRanges } from '../../../schemas/ipam-conf.ts';
import { ip } from './words.ts';

type Ranges = Omit<IpamConf, 'type'>;

function setsOf(conf: Ranges) {
  return rangeSetsOf({ type: 'host-local', ...conf });
}

function onlySetOf(conf: Ranges): RangeSet {
  const [set] = setsOf(conf);
  return set ?? expect.unreachable('no set');
}

function problemsOf(conf: Ranges, ipRanges: IpRanges = []): string[] {
  try {
    rangeSetsOf({ type: 'host-local', ...conf }, ipRanges);
  } catch (error) {
    if (!(error instanceof CniError)) throw error;
    expect(error.fault).toBe('netconf');
    return error.message.split('; ');
  }
  return [];
}

describe('rangeSetsOf()', () => {
  test('puts the short form first, then the sets in their order (I1)', () => {
    const sets = setsOf({
      subnet: '10.1.0.0/24',
      rangeStart: '10.1.0.10',
      ranges: [[{ subnet: '10.2.0.0/30' }, { subnet: '10.3.0.0/30' }], [{ subnet: '2001:db8::/126' }]],
    });
    expect(sets.map(rangeSetText)).toEqual([
      '10.1.0.10-10.1.0.254',
      '10.2.0.1-10.2.0.2,10.3.0.1-10.3.0.2',
      '2001:db8::1-2001:db8::3',
    ]);
  });

  test("puts the runtime's ranges before the configuration's", () => {
    const conf: IpamConf = {
      type: 'host-local',
      subnet: '10.1.0.0/30',
      ranges: [[{ subnet: '10.2.0.0/30' }]],
    };
    const ipRanges = [[{ subnet: '10.3.0.0/30' }], [{ subnet: '10.4.0.0/31' }, { subnet: '10.5.0.0/32' }]];
    expect(rangeSetsOf(conf, ipRanges).map(rangeSetText)).toEqual([
      '10.3.0.1-10.3.0.2',
      '10.4.0.0-10.4.0.1,10.5.0.0-10.5.0.0',
      '10.1.0.1-10.1.0.2',
      '10.2.0.1-10.2.0.2',
    ]);
  });

  test("is content with the runtime's ranges alone", () => {
    expect(problemsOf({}, [[{ subnet: '10.3.0.0/30' }]])).toEqual([]);
  });

  test('accepts an exclusion that no range has', () => {
    expect(problemsOf({ subnet: '10.1.0.0/24', exclude: ['10.9.9.9', '2001:db8::/64'] })).toEqual([]);
  });

  test('accepts two ranges of one subnet that do not overlap', () => {
    const subnet = '10.1.0.0/24';
    expect(
      problemsOf({ ranges: [[{ subnet, rangeEnd: '10.1.0.9' }], [{ subnet, rangeStart: '10.1.0.10' }]] }),
    ).toEqual([]);
  });
});

describe('rangeSetsOf() refuses', () => {
  test.each<[string, Ranges, string[]]>([
    ['no range', {}, ['ipam.ranges: expected at least one range set, or ipam.subnet, got nothing']],
    ['an empty set', { ranges: [[]] }, ['ipam.ranges[0]: expected at least one range, got []']],
    [
      'mixed families in a set',
      { ranges: [[{ subnet: '10.1.0.0/24' }, { subnet: '2001:db8::/64' }]] },
      ["ipam.ranges[0][1].subnet: expected an IPv4 subnet like the set's first, got 2001:db8::/64"],
    ],
    [
      'overlap within a set',
      { ranges: [[{ subnet: '10.1.0.0/16' }, { subnet: '10.1.2.0/24' }]] },
      [
        'ipam.ranges[0][1]: expected no address that ipam.ranges[0][0] (10.1.0.1-10.1.255.254) has, got 10.1.2.1-10.1.2.254',
      ],
    ],
    [
      'overlap between sets',
      { subnet: '10.1.0.0/24', ranges: [[{ subnet: '10.1.0.0/25' }]] },
      ['ipam.ranges[0][0]: expected no address that ipam (10.1.0.1-10.1.0.254) has, got 10.1.0.1-10.1.0.126'],
    ],
    [
      'a range whose only address is its gateway',
      { subnet: '10.1.0.0/24', rangeEnd: '10.1.0.1' },
      ['ipam.subnet: expected an address to hand out besides the gateway, got only 10.1.0.1-10.1.0.1'],
    ],
    [
      'a /32 that is its own gateway',
      { subnet: '10.1.0.7/32', gateway: '10.1.0.7' },
      ['ipam.subnet: expected an address to hand out besides the gateway, got only 10.1.0.7-10.1.0.7'],
    ],
    [
      'a set of which nothing is left',
      { subnet: '10.1.0.0/30', exclude: ['10.1.0.2'], ranges: [[{ subnet: '10.2.0.0/29' }]] },
      ['ipam.exclude: expected an address of ipam (10.1.0.1-10.1.0.2) left to hand out, got none'],
    ],
  ])('%s', (_, conf, problems) => {
    expect(problemsOf(conf)).toEqual(problems);
  });

  test("problems of the runtime's ranges, by their place there", () => {
    const ipRanges = [[{ subnet: '10.1.0.0/25' }, { subnet: '10.2.0.3/24' }], []];
    expect(problemsOf({ subnet: '10.1.0.0/24' }, ipRanges)).toEqual([
      'runtimeConfig.ipRanges[0][1].subnet: expected a network without host bits, here 10.2.0.0/24, got "10.2.0.3/24"',
      'runtimeConfig.ipRanges[1]: expected at least one range, got []',
      'ipam: expected no address that runtimeConfig.ipRanges[0][0] (10.1.0.1-10.1.0.126) has, got 10.1.0.1-10.1.0.254',
    ]);
  });

  test('everything that is wrong in one answer, each with the path of its key (I2)', () => {
    const problems = problemsOf({
      subnet: '10.1.0.1/24',
      gateway: '::1',
      ranges: [[], [{ subnet: '10.2.0.0/24', rangeStart: '10.3.0.0', rangeEnd: '10.4.0.0' }]],
    });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'ipam.subnet',
      'ipam.gateway',
      'ipam.ranges[0]',
      'ipam.ranges[1][0].rangeStart',
      'ipam.ranges[1][0].rangeEnd',
    ]);
  });
});

describe('range sets', () => {
  const set = onlySetOf({
    ranges: [[{ subnet: '10.1.0.0/29' }, { subnet: '10.2.0.0/30', gateway: '10.1.0.6' }]],
  });

  test('rangeWith() finds the range that gives the prefix length and the gateway', () => {
    const range = rangeWith(set, ip('10.2.0.2'));
    expect(range && prefixText(range.subnet)).toBe('10.2.0.0/30');
    expect(rangeWith(set, ip('10.3.0.1'))).toBeUndefined();
  });

  test('sizeOf() leaves out the gateways of all ranges, each once', () => {
    expect(sizeOf(set)).toBe(6n);
    expect(sizeOf(onlySetOf({ subnet: '2001:db8::/64' }))).toBe(2n ** 64n - 2n);
  });

  test('sizeOf() leaves out what is excluded, each address once', () => {
    const exclude = ['10.1.0.0/30', '10.1.0.2-10.1.0.5', '10.1.0.5', '10.1.0.250-10.2.0.0'];
    expect(sizeOf(onlySetOf({ subnet: '10.1.0.0/24', exclude }))).toBe(244n);
  });
});
