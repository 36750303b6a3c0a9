import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import * as words from '../../../schemas/words.ts';
import {
  AbsolutePath,
  ContainerId,
  IfName,
  IpText,
  Mac,
  Mtu,
  NetworkName,
  OnOff,
  PciAddress,
  PrefixText,
  VlanId,
  VlanQos,
} from '../../../schemas/words.ts';

type Schema = z.core.$ZodType;

/** The canonical form, or undefined if the schema refuses the value. */
function parsed(schema: Schema, value: unknown): unknown {
  const result = z.safeParse(schema, value);
  return result.success ? result.data : undefined;
}

const UNCHANGED = Symbol('unchanged');

const accepted: readonly [string, Schema, unknown, unknown][] = [
  ['MAC with colons', Mac, '02:00:00:00:00:0a', UNCHANGED],
  ['MAC in capitals', Mac, '0A:BB:CC:DD:EE:FF', '0a:bb:cc:dd:ee:ff'],
  ['MAC with dashes', Mac, '02-00-00-00-00-0A', '02:00:00:00:00:0a'],
  ['MAC with dots', Mac, '0200.0000.000A', '02:00:00:00:00:0a'],
  ['MAC without separators', Mac, '02000000000A', '02:00:00:00:00:0a'],
  ['PCI address', PciAddress, '0000:01:10.0', UNCHANGED],
  ['PCI address in capitals', PciAddress, '0000:AF:1F.7', '0000:af:1f.7'],
  ['PCI address in a long domain', PciAddress, '10000:01:00.0', UNCHANGED],
  ['interface name', IfName, 'net1', UNCHANGED],
  ['interface name of 15 bytes', IfName, 'abcdefghijklmno', UNCHANGED],
  ['interface name with a dot', IfName, 'eth0.100', UNCHANGED],
  ['interface name with umlauts', IfName, 'größe', UNCHANGED],
  ['container id', ContainerId, '0a1b2c_-.', UNCHANGED],
  ['container id of 200', ContainerId, 'a'.repeat(200), UNCHANGED],
  ['network name', NetworkName, 'sriov-network', UNCHANGED],
  ['no VLAN', VlanId, 0, UNCHANGED],
  ['last VLAN', VlanId, 4094, UNCHANGED],
  ['last priority', VlanQos, 7, UNCHANGED],
  ['least MTU', Mtu, 68, UNCHANGED],
  ['greatest MTU', Mtu, 65535, UNCHANGED],
  ['on', OnOff, 'on', UNCHANGED],
  ['IPv4 address', IpText, '10.0.0.1', UNCHANGED],
  ['IPv6 address', IpText, '2001:DB8::1', UNCHANGED],
  ['IPv4 network', PrefixText, '10.0.0.0/8', UNCHANGED],
  ['everything', PrefixText, '::/0', UNCHANGED],
  ['path', AbsolutePath, '/var/lib/cni', UNCHANGED],
];

test.each(accepted)('accepted: %s (DEF-15)', (_title, schema, value, expected) => {
  expect(parsed(schema, value)).toBe(expected === UNCHANGED ? value : expected);
});

const refused: readonly [string, Schema, readonly unknown[]][] = [
  [
    'MACs',
    Mac,
    [
      '',
      'x',
      '02:00:00:00:00',
      '02:00:00:00:00:00:00',
      '02:00-00:00:00:01',
      '02:00:00:00:00:0g',
      ' 02:00:00:00:00:01',
      2,
    ],
  ],
  [
    'MACs that no host has',
    Mac,
    ['01:00:5e:00:00:01', 'ff:ff:ff:ff:ff:ff', '00:00:00:00:00:00', '0000.0000.0000'],
  ],
  [
    'PCI addresses',
    PciAddress,
    [
      '',
      '01:10.0',
      '0000:01:10',
      '0000:01:10.8',
      '0000:01:20.0',
      '../0000:01:10.0',
      '0000:01:10.0/',
      '0000:01:10.0\n',
    ],
  ],
  [
    'interface names',
    IfName,
    [
      'net%d',
      'all',
      'default',
      '',
      '.',
      '..',
      'a/b',
      'a:b',
      'a b',
      'a\tb',
      'a"b',
      "a'b",
      'a#b',
      'a\\b',
      'abcdefghijklmnop',
      'größegrößegrö',
      1,
    ],
  ],
  ['container ids', ContainerId, ['', '.', '..', '-a', '_a', 'a/b', 'a b', 'ä', 'a\n', 'a'.repeat(201)]],
  ['network names', NetworkName, ['', '..', '../x', 'a/b', 'a b', 'a'.repeat(201)]],
  ['VLANs', VlanId, [-1, 4095, 1.5, '100', Number.NaN, Number.POSITIVE_INFINITY, true]],
  ['priorities', VlanQos, [-1, 8, 0.5, '1']],
  ['MTUs', Mtu, [0, 67, 65536, 1400.5, '1500']],
  ['switches', OnOff, ['', 'On', 'ON', 'true', 'yes', true, 1]],
  [
    'IP addresses',
    IpText,
    ['', '10.0.0', '10.0.0.256', '010.0.0.1', '10.0.0.1/24', 'fe80::1%eth0', '::ffff:10.0.0.1', 10],
  ],
  [
    'networks',
    PrefixText,
    ['', '10.0.0.0', '10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/08', '10.0.0.0/8/8', '10.0.0.0/-1'],
  ],
  ['paths', AbsolutePath, ['', 'a', './a', '/a/../b', '/..', '/a\0b']],
];

test.each(refused)('refused as %s (DEF-14, DEF-22)', (_title, schema, values) => {
  expect(values.filter((value) => parsed(schema, value) !== undefined)).toEqual([]);
});

describe('what was expected is said as a noun phrase', () => {
  test.each([
    [Mac, 'a unicast MAC address such as 02:00:00:00:00:01'],
    [PciAddress, 'a PCI address such as 0000:01:10.0'],
    [VlanId, 'a whole number from 0 to 4094'],
    [Mtu, 'a whole number from 68 to 65535'],
    [OnOff, '"on" or "off"'],
    [PrefixText, 'an IP network such as 10.1.0.0/16'],
  ] as const)('%#', (schema, expected) => {
    for (const value of ['nonsense', null, {}]) {
      expect(z.safeParse(schema, value).error?.issues.map(({ message }) => message)).toEqual([expected]);
    }
  });
});

describe('a description', () => {
  test('is of no word that others use, too', async () => {
    await import('../../../schemas/netconf.ts');
    await import('../../../schemas/policy.ts');
    const schemas = Object.values(words).filter((word) => typeof word === 'object' && '_zod' in word);
    expect(schemas.length).toBeGreaterThan(10);
    expect(schemas.filter((schema) => z.globalRegistry.has(schema as Schema))).toEqual([]);
  });

  test('is the only one of its schema', () => {
    const schema = words.described(z.string(), 'one');
    expect(() => words.described(schema, 'another')).toThrow('another');
  });
});
