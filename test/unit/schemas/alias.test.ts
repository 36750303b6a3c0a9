import { expect, test } from 'vitest';
import { aliasOf, beforeInAlias } from '../../../schemas/alias.ts';
import type { LinkBefore } from '../../../schemas/record.ts';
import { IfName, PciAddress } from '../../../schemas/words.ts';
import { PLAIN_LINK } from '../../../src/model/plain-link.ts';

const device = PciAddress.parse('0000:01:10.0');
const link: LinkBefore = {
  name: IfName.parse('enp1s0v0'),
  mac: '02:00:00:00:01:00',
  ...PLAIN_LINK,
  mtu: 9000,
  hasParentDevice: false,
};

test('what was of a link comes back from its alias', () => {
  expect(aliasOf(device, link)).toBe('sriov/0000:01:10.0/enp1s0v0/02:00:00:00:01:00/9000');
  expect(beforeInAlias(device, aliasOf(device, link))).toEqual(link);
});

test('an alias fits into what the kernel has for it, with the longest of names', () => {
  const longest = { ...link, name: IfName.parse('abcdefghijklmno'), mtu: 65535 };
  expect(aliasOf(PciAddress.parse('ffffffff:ff:1f.7'), longest).length).toBeLessThan(256);
});

test.each([
  ['empty', ''],
  ['of another program', 'uplink to rack 7'],
  ['of another device', 'sriov/0000:01:10.2/enp1s0v0/02:00:00:00:01:00/9000'],
  ['cut off', 'sriov/0000:01:10.0/enp1s0v0'],
  ['longer than ours', 'sriov/0000:01:10.0/enp1s0v0/02:00:00:00:01:00/9000/x'],
  ['with a name that is none', 'sriov/0000:01:10.0/a b/02:00:00:00:01:00/9000'],
  ['with an MTU that is none', 'sriov/0000:01:10.0/enp1s0v0/02:00:00:00:01:00/x'],
])('an alias that is %s tells nothing', (_title, alias) => {
  expect(beforeInAlias(device, alias)).toBeUndefined();
});

test.each(['x', ''])('an alias whose MAC is %j tells nothing', (mac) => {
  expect(beforeInAlias(device, `sriov/0000:01:10.0/enp1s0v0/${mac}/9000`)).toBeUndefined();
});
