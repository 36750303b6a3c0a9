/** Parts of a network configuration, for readers that do not need all of it or cannot count on it. */
import * as z from 'zod/mini';
import { decode, type Json, valueAt } from './decode.ts';
import { IpamConf, IpRanges } from './ipam-conf.ts';
import { CniArgs, log, OWN_IPAM, RuntimeConfig } from './netconf.ts';
import { AbsolutePath, NetworkName, PciAddress } from './words.ts';

function lenient<Schema extends z.ZodMiniType>(schema: Schema) {
  return z.catch(z.optional(schema), undefined);
}

/** Where and what to log, if that is right: a wrong one must not fail what needs no log. */
const LogConf = z.object({
  logLevel: z.catch(log.logLevel, undefined),
  logFile: z.catch(log.logFile, undefined),
});
type LogConf = z.output<typeof LogConf>;

const partial = {
  deviceID: lenient(PciAddress),
  pciBusID: lenient(PciAddress),
  runtimeConfig: lenient(z.object({ deviceID: lenient(PciAddress) })),
  ipam: lenient(z.object({ type: lenient(z.string()), dataDir: lenient(AbsolutePath) })),
};

/** What GC and STATUS read. */
export const NamedConf = z.object({ ...partial, name: NetworkName }, { error: 'a JSON object' });

/** What DEL can use of a configuration that may have been edited, or broken, since ADD. */
export const DelConf = z.object({ ...partial, name: lenient(NetworkName) }, { error: 'a JSON object' });
export type DelConf = z.output<typeof DelConf>;

export function logConfOf(json: Json): LogConf {
  return decode(LogConf, json, 'netconf');
}

const hasOwnIpam = (json: Json) => valueAt(json, ['ipam', 'type']) === OWN_IPAM;

/** What an IPAM plugin reads. The other keys are the main plugin's, whatever they mean there. */
export const IpamNetConf = z.object(
  {
    name: NetworkName,
    ipam: IpamConf,
    runtimeConfig: z.optional(z.pick(RuntimeConfig, { ips: true, ipRanges: true })),
    args: z.optional(z.object({ cni: z.optional(z.pick(CniArgs, { ips: true })) })),
  },
  { error: 'a JSON object' },
);
export type IpamNetConf = z.output<typeof IpamNetConf>;

/** The `ipam` for our store, if there is one. */
export function parseOwnIpam(json: Json): IpamConf | undefined {
  return hasOwnIpam(json) ? decode(z.object({ ipam: IpamConf }), json, 'netconf').ipam : undefined;
}

const RANGE_KEYS = {
  subnet: true,
  rangeStart: true,
  rangeEnd: true,
  gateway: true,
  ranges: true,
  exclude: true,
} as const;

const Ranges = z.object({
  ipam: z.catch(z.optional(z.pick(IpamConf, RANGE_KEYS)), undefined),
  runtimeConfig: z.catch(
    z.optional(z.object({ ipRanges: z.catch(z.optional(IpRanges), undefined) })),
    undefined,
  ),
});

/** The address ranges, if their shape is right: whatever else is wrong. */
export function rangesIn(json: Json): { ipam: IpamConf; ipRanges: IpRanges | undefined } | undefined {
  if (!hasOwnIpam(json)) return undefined;
  const { ipam, runtimeConfig } = decode(Ranges, json, 'netconf');
  return ipam && { ipam: { type: OWN_IPAM, ...ipam }, ipRanges: runtimeConfig?.ipRanges };
}
