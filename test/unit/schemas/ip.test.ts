import { expect, test } from 'vitest';
import {
  contains,
  hostPrefix,
  type Ip,
  ipText,
  isLinkLocal,
  lastOf,
  networkOf,
  type Prefix,
  parseIp,
  parsePrefix,
  prefixText,
} from '../../../schemas/ip.ts';

function ip(text: string): Ip {
  const parsed = parseIp(text);
  if (!parsed) throw new Error(`${text} is no address`);
  return parsed;
}

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (!parsed) throw new Error(`${text} is no network`);
  return parsed;
}

test.each([
  ['10.0.0.1', '10.0.0.1'],
  ['0.0.0.0', '0.0.0.0'],
  ['255.255.255.255', '255.255.255.255'],
  ['2001:DB8:0:0::1', '2001:db8::1'],
  ['::', '::'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['fe80:0:0:1::', 'fe80:0:0:1::'],
  ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
])('%s is written %s', (text, canonical) => {
  expect(ipText(ip(text))).toBe(canonical);
  expect(parseIp(canonical)).toEqual(parseIp(text));
});

test('an address is a number', () => {
  expect(ip('1.2.3.4')).toEqual({ family: 4, value: 0x01020304n });
  expect(ip('::1:0')).toEqual({ family: 6, value: 0x10000n });
});

test.each([
  ['10.1.2.3/24', '10.1.2.0', '10.1.2.255'],
  ['10.1.2.3/32', '10.1.2.3', '10.1.2.3'],
  ['10.1.2.3/0', '0.0.0.0', '255.255.255.255'],
  ['10.1.2.130/25', '10.1.2.128', '10.1.2.255'],
  ['2001:db8::5/64', '2001:db8::', '2001:db8::ffff:ffff:ffff:ffff'],
  ['::1/0', '::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
])('%s reaches from %s to %s', (text, first, last) => {
  expect([networkOf(prefix(text)), lastOf(prefix(text))].map(ipText)).toEqual([first, last]);
  expect(prefixText(prefix(text))).toBe(text);
});

test.each([
  ['10.1.2.0/24', '10.1.2.0', true],
  ['10.1.2.0/24', '10.1.2.255', true],
  ['10.1.2.0/24', '10.1.3.0', false],
  ['10.1.2.0/24', '10.1.1.255', false],
  ['0.0.0.0/0', '::1', false],
  ['::/0', '10.0.0.1', false],
  ['2001:db8::/32', '2001:db8:ffff::', true],
])('whether %s contains %s: %s', (network, address, expected) => {
  expect(contains(prefix(network), ip(address))).toBe(expected);
});

test.each([
  ['fe80::1', true],
  ['febf::1', true],
  ['fec0::1', false],
  ['2001:db8::1', false],
  ['169.254.0.1', false],
])('whether %s is on its link without a route: %s', (address, expected) => {
  expect(isLinkLocal(ip(address))).toBe(expected);
});

test('an address alone is a network', () => {
  expect([ip('10.0.0.1'), ip('::1')].map((one) => prefixText(hostPrefix(one)))).toEqual([
    '10.0.0.1/32',
    '::1/128',
  ]);
});
