/** The CNI result in its newest version; older versions are made from it (src/cni/versions.ts). */
import * as z from 'zod/mini';
import { decode, type Json, valueAt } from './decode.ts';
import { Dns } from './ipam-conf.ts';
import { IpText, PrefixText } from './words.ts';

const text = z.string({ error: 'a text' });
const number = z.number({ error: 'a number' });
const index = z.number({ error: 'an index into `interfaces`' });

export const ResultInterface = z.object(
  {
    /** Of another plugin it may be anything. */
    name: text,
    mac: z.optional(text),
    mtu: z.optional(number),
    sandbox: z.optional(text),
    socketPath: z.optional(text),
    pciID: z.optional(text),
  },
  { error: 'an interface: an object with `name`' },
);
export type ResultInterface = z.output<typeof ResultInterface>;

export const ResultIp = z.object(
  {
    interface: z.optional(index),
    address: PrefixText,
    gateway: z.optional(IpText),
  },
  { error: 'an address: an object with `address`' },
);
export type ResultIp = z.output<typeof ResultIp>;

export const ResultRoute = z.object(
  {
    dst: PrefixText,
    gw: z.optional(IpText),
    mtu: z.optional(number),
    advmss: z.optional(number),
    priority: z.optional(number),
    table: z.optional(number),
    scope: z.optional(number),
  },
  { error: 'a route: an object with `dst`' },
);
export type ResultRoute = z.output<typeof ResultRoute>;

/** What results have from version 0.3.0 on: the shapes of 0.3.x and 0.4.0 only have more keys. */
export const Result = z.object(
  {
    interfaces: z._default(z.array(ResultInterface, { error: 'a list of interfaces' }), []),
    ips: z._default(z.array(ResultIp, { error: 'a list of addresses' }), []),
    routes: z._default(z.array(ResultRoute, { error: 'a list of routes' }), []),
    dns: z.optional(Dns),
  },
  { error: 'a CNI result' },
);
export type Result = z.output<typeof Result>;

const OfFamily = z.object(
  {
    ip: PrefixText,
    gateway: z.optional(IpText),
    routes: z._default(z.array(ResultRoute, { error: 'a list of routes' }), []),
  },
  { error: 'an object with `ip`' },
);
/** What results have in versions 0.1.0 and 0.2.0. */
export const ResultByFamily = z.object(
  {
    ip4: z.optional(OfFamily),
    ip6: z.optional(OfFamily),
    dns: z.optional(Dns),
  },
  { error: 'a CNI result' },
);

/** `prevResult` of a network configuration; CniError `netconf` if it is none. */
export function parsePrevResult(json: Json): Result | undefined {
  const prevResult = valueAt(json, ['prevResult']) ?? undefined;
  if (prevResult === undefined) return undefined;
  return decode(z.object({ prevResult: Result }), { prevResult }, 'netconf').prevResult;
}
