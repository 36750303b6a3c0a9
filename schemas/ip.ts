/** IP addresses and networks as numbers, so that ranges can be computed; text comes and goes in canonical form. */
import { Address4, Address6 } from 'ip-address';

export type Family = 4 | 6;
export type Ip = { readonly family: Family; readonly value: bigint };
/** A network (host bits zero) or an address with its prefix length (host bits kept). */
export type Prefix = { readonly ip: Ip; readonly length: number };

const BITS: Record<Family, number> = { 4: 32, 6: 128 };

/** Of eight groups of four digits, the longest form: what is longer is not worth the parser's time. */
const MAX_LENGTH = 39;

/** The address, or undefined if the text is none. Zone ids, leading zeros and IPv4-mapped forms are none. */
export function parseIp(text: string): Ip | undefined {
  if (text.length > MAX_LENGTH || /[%/]/.test(text)) return undefined;
  if (!text.includes(':')) {
    return /^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text) && Address4.isValid(text)
      ? { family: 4, value: new Address4(text).bigInt() }
      : undefined;
  }
  if (text.includes('.') || !Address6.isValid(text)) return undefined;
  return { family: 6, value: new Address6(text).bigInt() };
}

/** `address/length`, or undefined if the text is none. */
export function parsePrefix(text: string): Prefix | undefined {
  const [address, length, ...rest] = text.split('/');
  const ip = parseIp(address ?? '');
  if (!ip || rest.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(length ?? '')) return undefined;
  return Number(length) <= BITS[ip.family] ? { ip, length: Number(length) } : undefined;
}

/** Canonical text (RFC 5952 for IPv6), as upstream host-local names its files. */
export function ipText({ family, value }: Ip): string {
  return family === 4 ? dottedQuad(Number(value)) : Address6.fromBigInt(value).correctForm();
}

/** A walk over a full /16 writes 65 000 of them: a list that is joined takes twice as long, Address4 forty times. */
function dottedQuad(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

export function prefixText({ ip, length }: Prefix): string {
  return `${ipText(ip)}/${length}`;
}

/** The prefix as the kernel spells it; a text that is none as it is. */
export function canonicalPrefix(text: string): string {
  const prefix = parsePrefix(text);
  return prefix ? prefixText(prefix) : text;
}

/** The first address of the network that contains the prefix's address: all host bits zero. */
export function networkOf({ ip, length }: Prefix): Ip {
  const hostBits = BigInt(BITS[ip.family] - length);
  return { family: ip.family, value: (ip.value >> hostBits) << hostBits };
}

/** The last address of the network: all host bits one (IPv4: the broadcast address). */
export function lastOf(prefix: Prefix): Ip {
  const hostBits = BigInt(BITS[prefix.ip.family] - prefix.length);
  const { family, value } = networkOf(prefix);
  return { family, value: value | ((1n << hostBits) - 1n) };
}

/** The address alone as a network: /32 or /128. */
export function hostPrefix(ip: Ip): Prefix {
  return { ip, length: BITS[ip.family] };
}

export function contains(prefix: Prefix, ip: Ip): boolean {
  return (
    prefix.ip.family === ip.family && networkOf(prefix).value <= ip.value && ip.value <= lastOf(prefix).value
  );
}

/** fe80::/10: reachable on its link without a route of its own. */
export function isLinkLocal(ip: Ip): boolean {
  return ip.family === 6 && ip.value >> 118n === 0x3fan;
}
