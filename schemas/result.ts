/** The CNI result in its newest version; older versions are made from it (src/cni/versions.ts). */
import * as z from 'zod/mini';
import { IfName, IpText, PrefixText } from './words.ts';

const text = z.string({ error: 'a text' });
const index = z.number({ error: 'an index into `interfaces`' });

export const ResultInterface = z.object({
  name: IfName,
  mac: z.optional(text),
  mtu: z.optional(z.number({ error: 'a number' })),
  sandbox: z.optional(text),
  pciID: z.optional(text),
});
export type ResultInterface = z.output<typeof ResultInterface>;

export const ResultIp = z.object({
  interface: z.optional(index),
  address: PrefixText,
  gateway: z.optional(IpText),
});
export type ResultIp = z.output<typeof ResultIp>;

export const ResultRoute = z.object({ dst: PrefixText, gw: z.optional(IpText) });
export type ResultRoute = z.output<typeof ResultRoute>;

/** What `prevResult` may hold from version 0.3.0 on: the shapes of 0.3.x and 0.4.0 only have more keys. */
export const Result = z.object(
  {
    interfaces: z._default(z.array(ResultInterface, { error: 'a list of interfaces' }), []),
    ips: z._default(z.array(ResultIp, { error: 'a list of addresses' }), []),
    routes: z._default(z.array(ResultRoute, { error: 'a list of routes' }), []),
  },
  { error: 'a CNI result' },
);
export type Result = z.output<typeof Result>;
