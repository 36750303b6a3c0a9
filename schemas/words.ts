/**
 * The field's scalars as branded types. A schema's error text is the noun phrase that follows "expected", so that
 * every problem reads: `vlan: expected a whole number from 0 to 4094, got "x"`.
 */
import * as z from 'zod/mini';
import { networkOf, parseIp, parsePrefix } from './ip.ts';

/** The schema, which must be nobody else's, with the sentence that documents it (docs/configuration.md, JSON Schema). */
export function described<Schema extends z.core.$ZodType>(schema: Schema, description: string): Schema {
  if (z.globalRegistry.has(schema)) throw new Error(`Two descriptions of one schema: ${description}`);
  z.globalRegistry.add(schema, { description });
  return schema;
}

/** A word: text that `parse` accepts and brings into its canonical form. */
function word<Brand extends string>(expected: string, parse: (text: string) => string | undefined) {
  return z.pipe(
    z.string({ error: expected }),
    z.transform((text, context) => {
      const canonical = parse(text);
      if (canonical !== undefined) return canonical as string & z.core.$brand<Brand>;
      context.issues.push({ code: 'custom', message: expected, input: text });
      return z.NEVER;
    }),
  );
}

const matching = (pattern: RegExp) => (text: string) => (pattern.test(text) ? text : undefined);

/** Network name and container id, as libcni checks them. They become parts of paths: never `..`, never a slash. */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;
const MAX_NAME = 200;

export const ContainerId = word<'ContainerId'>(
  `letters, digits, "_", "." and "-", at most ${MAX_NAME}, the first a letter or digit`,
  (text) => (text.length <= MAX_NAME ? matching(NAME)(text) : undefined),
);
export type ContainerId = z.output<typeof ContainerId>;

/** A part of a pod's name: of what Kubernetes allows, the longest. */
export const PodWord = word<'PodWord'>('a name of Kubernetes', (text) =>
  text.length <= 253 ? matching(/^[a-z0-9][a-z0-9.-]*$/)(text) : undefined,
);

export const NetworkName = word<'NetworkName'>(
  `a name of letters, digits, "_", "." and "-", at most ${MAX_NAME}, the first a letter or digit`,
  (text) => (text.length <= MAX_NAME ? matching(NAME)(text) : undefined),
);
export type NetworkName = z.output<typeof NetworkName>;

/**
 * An interface name as the kernel takes it (dev_valid_name), without the four characters that `ip -batch` reads as
 * quotes, comments or continuation, without "%", in whose place the kernel puts a number (dev_alloc_name), and without what is no
 * text to everybody who reads it: control characters, and U+FFFD, which Node makes of bytes that are no UTF-8.
 */
export const IfName = word<'IfName'>(
  'an interface name: 1 to 15 bytes, not ".", "..", "all" or "default", without blanks, "/", ":", "%", quotes, "#" and "\\"',
  (text) =>
    /^[^\s/:%"'#\\\p{Cc}\ufffd]+$/u.test(text) && Buffer.byteLength(text) <= 15 && !RESERVED.includes(text)
      ? text
      : undefined,
);
/** The last two are directories beside those of the interfaces in /proc/sys/net. */
const RESERVED = ['.', '..', 'all', 'default'];
export type IfName = z.output<typeof IfName>;

/** A PCI function, `domain:bus:device.function`, lower case as in sysfs. */
export const PciAddress = word<'PciAddress'>('a PCI address such as 0000:01:10.0', (text) =>
  matching(/^[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/)(text.toLowerCase()),
);
export type PciAddress = z.output<typeof PciAddress>;

/** An Ethernet address that a host may have, as `aa:bb:cc:dd:ee:ff`. */
export const Mac = word<'Mac'>('a unicast MAC address such as 02:00:00:00:00:01', (text) => {
  const hex = text.toLowerCase();
  const groups = /^([0-9a-f]{2}([:-]?))([0-9a-f]{2}\2){4}[0-9a-f]{2}$|^([0-9a-f]{4}\.){2}[0-9a-f]{4}$/;
  if (!groups.test(hex)) return undefined;
  const octets = hex.replace(/[:.-]/g, '').match(/../g) ?? [];
  const isMulticast = (Number.parseInt(octets[0] ?? '', 16) & 1) === 1;
  return isMulticast || octets.every((octet) => octet === '00') ? undefined : octets.join(':');
});
export type Mac = z.output<typeof Mac>;

/** What a PF shows for a VF that has no admin MAC; written, it takes an admin MAC away. */
export const ZERO_MAC = '00:00:00:00:00:00';

export const wholeNumber = (from: number, to: number) => {
  const expected = `a whole number from ${from} to ${to}`;
  return z
    .number({ error: expected })
    .check(z.multipleOf(1, expected), z.minimum(from, expected), z.maximum(to, expected));
};

/** Far more entries than networks have, few enough to compare each with each. */
export const MAX_ENTRIES = 1000;

/** A list that the caller writes; `expected` is what the entries are. */
export const listOf = <Schema extends z.core.$ZodType>(entry: Schema, expected: string) =>
  z
    .array(entry, { error: `a list of ${expected}` })
    .check(z.maxLength(MAX_ENTRIES, `at most ${MAX_ENTRIES} ${expected}`));

/** 0 takes a VLAN away. 4095 is reserved by IEEE 802.1Q, though igb would take it. */
export const VlanId = wholeNumber(0, 4094);
/** Priority code point of IEEE 802.1Q. */
export const VlanQos = wholeNumber(0, 7);
/** In any case, as sriov-cni takes it. */
export const VlanProto = word<'VlanProto'>('"802.1q" or "802.1ad"', (text) =>
  matching(/^802\.1(q|ad)$/)(text.toLowerCase()),
);
export type VlanProto = z.output<typeof VlanProto>;
/** In bytes: 68 is the least that IPv4 allows (RFC 791), 65535 the most that an IP packet can have. */
export const Mtu = wholeNumber(68, 65535);
export const OnOff = z.enum(['on', 'off'], { error: '"on" or "off"' });
export type OnOff = z.output<typeof OnOff>;
/** What the VF sees as its link: as the PF's, always up, always down. */
export const LinkState = z.enum(['auto', 'enable', 'disable'], { error: '"auto", "enable" or "disable"' });
export type LinkState = z.output<typeof LinkState>;
/** Mbit/s, as the kernel takes it: 32 bits. */
export const TxRate = wholeNumber(0, 4_294_967_295);

/** An address without prefix length, as the caller wrote it. */
export const IpText = z
  .string({ error: 'an IP address' })
  .check(z.refine((text) => parseIp(text) !== undefined, { error: 'an IP address' }));
/** `address/length`, as the caller wrote it. */
export const PrefixText = z
  .string({ error: 'an IP network such as 10.1.0.0/16' })
  .check(z.refine((text) => parsePrefix(text) !== undefined, { error: 'an IP network such as 10.1.0.0/16' }));

/** An address with or without prefix length, as runtimes request one. */
export const AddressText = z
  .string({ error: 'an IP address' })
  .check(z.refine((text) => (parseIp(text) ?? parsePrefix(text)) !== undefined, { error: 'an IP address' }));

/** A destination; the kernel refuses one with host bits. */
export const NetworkText = z
  .string({ error: 'an IP network whose host bits are zero, such as 10.1.0.0/16' })
  .check(
    z.refine((text) => isNetwork(text), {
      error: 'an IP network whose host bits are zero, such as 10.1.0.0/16',
    }),
  );

function isNetwork(text: string): boolean {
  const prefix = parsePrefix(text);
  return prefix !== undefined && networkOf(prefix).value === prefix.ip.value;
}

/** Section 4.2 of the device information specification 1.1.0. */
export const DEVICE_INFO_DIRECTORY = '/var/run/k8s.cni.cncf.io/devinfo/cni';

/** Who writes a network configuration could name any file of the host. */
export const DeviceInfoPath = z.string({ error: `a file in ${DEVICE_INFO_DIRECTORY}` }).check(
  z.refine(
    (path) =>
      /^\/[^./\0][^/\0]*$/.test(path.slice(DEVICE_INFO_DIRECTORY.length)) &&
      path.startsWith(DEVICE_INFO_DIRECTORY),
    {
      error: `a file in ${DEVICE_INFO_DIRECTORY}`,
    },
  ),
);

export const AbsolutePath = z.string({ error: 'an absolute path without ".."' }).check(
  z.refine((text) => text.startsWith('/') && !text.includes('\0') && !text.split('/').includes('..'), {
    error: 'an absolute path without ".."',
  }),
);
