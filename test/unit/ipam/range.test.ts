import { describe, expect, test } from 'vitest';
import { type Range, rangeOf } from '../../../ipam/range.ts';
import { isWithin, overlap, stretchText } from '../../../ipam/stretch.ts';
import { ipText, prefixText } from '../../../schemas/ip.ts';
import type { RangeConf } from '../../../schemas/ipam-conf.ts';
import { ip } from './words.ts';

function textsOf(range: Range | undefined): string {
  if (!range) return 'none';
  const gateway = range.gateway ? ipText(range.gateway) : 'none';
  return `${prefixText(range.subnet)} ${stretchText(range)} gateway ${gateway}`;
}

function problemsOf(conf: RangeConf): string[] {
  const problems: string[] = [];
  const range = rangeOf(conf, (...problem) => problems.push(problem.join(' | ')));
  expect(range === undefined).toBe(problems.length > 0);
  return problems;
}

function sound(conf: RangeConf): Range {
  const range = rangeOf(conf, (...problem) => expect.unreachable(problem.join(' ')));
  return range ?? expect.unreachable('no range');
}

describe('rangeOf() has the defaults of host-local', () => {
  test.each([
    ['10.0.0.0/24', '10.0.0.0/24 10.0.0.1-10.0.0.254 gateway 10.0.0.1'],
    ['10.0.0.0/30', '10.0.0.0/30 10.0.0.1-10.0.0.2 gateway 10.0.0.1'],
    ['10.20.30.0/25', '10.20.30.0/25 10.20.30.1-10.20.30.126 gateway 10.20.30.1'],
    [
      '2001:DB8:1:0::/64',
      '2001:db8:1::/64 2001:db8:1::1-2001:db8:1:0:ffff:ffff:ffff:ffff gateway 2001:db8:1::1',
    ],
    ['2001:db8::/126', '2001:db8::/126 2001:db8::1-2001:db8::3 gateway 2001:db8::1'],
  ])('%s', (subnet, expected) => {
    expect(textsOf(sound({ subnet }))).toBe(expected);
  });

  test('the network and the broadcast address are in the range if it is told so', () => {
    const range = sound({ subnet: '10.0.0.0/24', rangeStart: '10.0.0.0', rangeEnd: '10.0.0.255' });
    expect(textsOf(range)).toBe('10.0.0.0/24 10.0.0.0-10.0.0.255 gateway 10.0.0.1');
  });

  test('without a gateway the range is the same', () => {
    const range = sound({ subnet: '10.0.0.0/24', gateway: 'none' });
    expect(textsOf(range)).toBe('10.0.0.0/24 10.0.0.1-10.0.0.254 gateway none');
  });

  test('a gateway may lie outside the subnet', () => {
    const range = sound({ subnet: '10.20.30.0/25', gateway: '10.20.10.1' });
    expect(textsOf(range)).toBe('10.20.30.0/25 10.20.30.1-10.20.30.126 gateway 10.20.10.1');
  });
});

describe('rangeOf() uses every address of a subnet of one or two, without a gateway of its own (I12)', () => {
  test.each([
    ['10.0.0.4/31', '10.0.0.4/31 10.0.0.4-10.0.0.5 gateway none'],
    ['10.0.0.4/32', '10.0.0.4/32 10.0.0.4-10.0.0.4 gateway none'],
    ['2001:db8::/127', '2001:db8::/127 2001:db8::-2001:db8::1 gateway none'],
    ['2001:db8::8/128', '2001:db8::8/128 2001:db8::8-2001:db8::8 gateway none'],
  ])('%s', (subnet, expected) => {
    expect(textsOf(sound({ subnet }))).toBe(expected);
  });

  test('a gateway that is told is taken', () => {
    const range = sound({ subnet: '10.0.0.4/31', gateway: '10.0.0.4' });
    expect(textsOf(range)).toBe('10.0.0.4/31 10.0.0.4-10.0.0.5 gateway 10.0.0.4');
  });
});

describe('rangeOf() reports', () => {
  test.each<[string, RangeConf, string]>([
    [
      'host bits',
      { subnet: '10.0.0.7/24' },
      'subnet | a network without host bits, here 10.0.0.0/24 | "10.0.0.7/24"',
    ],
    ['no network', { subnet: '10.0.0.0' }, 'subnet | an IP network such as 10.1.0.0/16 | "10.0.0.0"'],
    [
      'a start outside',
      { subnet: '10.0.0.0/24', rangeStart: '10.0.1.5' },
      'rangeStart | an address of 10.0.0.0/24 | "10.0.1.5"',
    ],
    [
      'an end outside',
      { subnet: '10.0.0.0/24', rangeEnd: '10.0.1.5' },
      'rangeEnd | an address of 10.0.0.0/24 | "10.0.1.5"',
    ],
    [
      'a start of another family',
      { subnet: '10.0.0.0/24', rangeStart: '2001:db8::1' },
      'rangeStart | an address of 10.0.0.0/24 | "2001:db8::1"',
    ],
    [
      'a start after the end',
      { subnet: '10.0.0.0/24', rangeStart: '10.0.0.9', rangeEnd: '10.0.0.8' },
      'rangeStart | a range that starts before it ends | 10.0.0.9-10.0.0.8',
    ],
    [
      'an end before the default start',
      { subnet: '10.0.0.0/24', rangeEnd: '10.0.0.0' },
      'rangeEnd | a range that starts before it ends | 10.0.0.1-10.0.0.0',
    ],
    [
      'a gateway of another family',
      { subnet: '10.0.0.0/24', gateway: '2001:db8::1' },
      'gateway | an IPv4 address like the subnet\'s, or "none" | "2001:db8::1"',
    ],
  ])('%s', (_, conf, problem) => {
    expect(problemsOf(conf)).toEqual([problem]);
  });

  test('all problems of a range at once (I2)', () => {
    const conf = { subnet: '10.0.0.1/24', rangeStart: '10.1.0.0', rangeEnd: '::', gateway: '::1' };
    expect(problemsOf(conf).map((problem) => problem.split(' ')[0])).toEqual([
      'subnet',
      'rangeStart',
      'rangeEnd',
      'gateway',
    ]);
  });
});

describe('ranges', () => {
  const low = sound({ subnet: '10.0.0.0/24', rangeEnd: '10.0.0.20' });

  test('overlap() is about the addresses handed out, not about the subnets', () => {
    expect(overlap(low, sound({ subnet: '10.0.0.0/24', rangeStart: '10.0.0.20' }))).toBe(true);
    expect(overlap(low, sound({ subnet: '10.0.0.0/24', rangeStart: '10.0.0.21' }))).toBe(false);
    expect(overlap(low, sound({ subnet: '::/96' }))).toBe(false);
  });

  test('isWithin() includes both ends', () => {
    const texts = ['10.0.0.0', '10.0.0.1', '10.0.0.20', '10.0.0.21', '::a00:1'];
    expect(texts.filter((text) => isWithin(low, ip(text)))).toEqual(['10.0.0.1', '10.0.0.20']);
  });
});
