/**
 * The port Addresses, much simplified: of each range set's first subnet the first free address from the second to
 * `rangeEnd`, or the one that was requested.
 */
import { normalize } from 'node:path';
import type { Attachment } from '../../schemas/attachment.ts';
import { CniError } from '../../schemas/fault.ts';
import {
  contains,
  type Ip,
  ipText,
  lastOf,
  networkOf,
  type Prefix,
  parseIp,
  parsePrefix,
  prefixText,
} from '../../schemas/ip.ts';
import type { Dns, RangeConf } from '../../schemas/ipam-conf.ts';
import type { OwnIpam } from '../../src/attachment/desired.ts';
import type { Addresses, HeldAddress } from '../../src/attachment/ports.ts';
import type { Steps } from '../../src/model/steps.ts';

export type Holder = { readonly containerId: string; readonly ifName: string };

export type MemoryAddresses = Addresses & {
  /** Who holds what, by `<dataDir>/<network>/<address>`. */
  readonly held: Map<string, Holder>;
  /** Files in the format of resolv.conf, understood. */
  readonly resolvConfs: Map<string, Dns>;
};

export function memoryAddresses(steps: Steps): MemoryAddresses {
  const held = new Map<string, Holder>();
  const resolvConfs = new Map<string, Dns>();
  const refuse = (): never => {
    throw new CniError('input-output', 'Cannot reserve: ENOSPC');
  };
  const pathOf = ({ network }: Pick<Attachment, 'network'>, dataDir: string, address: string) =>
    normalize(`${dataDir}/${network}/${address}`);
  const isHeldBy = (path: string, { containerId, ifName }: Attachment) =>
    held.get(path)?.containerId === containerId && held.get(path)?.ifName === ifName;
  const letGo = (path: string) => steps.take(`release ${path}`, () => void held.delete(path), refuse);

  return {
    held,
    resolvConfs,
    plan(wanted, dataDir) {
      const ranges = rangesOf(wanted);
      return {
        families: ranges.map(({ subnet }) => subnet.ip.family),
        async reserve(owner, intend) {
          const isFree = (ip: Ip) => !held.has(pathOf(owner, dataDir, ipText(ip)));
          const chosen = ranges.map((range) => ({ ...range, ip: choose(range, wanted.requested, isFree) }));
          await intend(chosen.map(({ ip }) => ipText(ip)));
          const { containerId, ifName } = owner;
          const paths = chosen.map(({ ip }) => pathOf(owner, dataDir, ipText(ip)));
          try {
            for (const path of paths) {
              steps.take(`hold ${path}`, () => void held.set(path, { containerId, ifName }), refuse);
            }
          } catch (cause) {
            if (cause instanceof CniError) for (const path of paths) held.delete(path);
            throw cause;
          }
          const dns = resolvConfs.get(wanted.conf.resolvConf ?? '');
          return { held: chosen.map(heldAddressOf), routes: wanted.conf.routes ?? [], dns };
        },
      };
    },
    async release(owner, dataDir, addresses) {
      steps.mustLive();
      const paths = addresses?.map((address) => pathOf(owner, dataDir, address)) ?? [...held.keys()];
      for (const path of paths.filter((one) => isHeldBy(one, owner))) letGo(path);
    },
    async missing(owner, dataDir, addresses) {
      return addresses.filter((address) => !isHeldBy(pathOf(owner, dataDir, address), owner));
    },
    async exhausted(network, wanted, dataDir) {
      const isFree = (ip: Ip) => !held.has(pathOf({ network }, dataDir, ipText(ip)));
      const full = rangesOf(wanted).filter((range) => firstFree(range, isFree) === undefined);
      return full.map(({ subnet }) => `No address of ${prefixText(subnet)} is free`);
    },
    async holders(network, dataDir) {
      const prefix = pathOf({ network }, dataDir, '');
      return [...held].flatMap(([path, holder]) => (path.startsWith(prefix) ? [holder] : []));
    },
    async collect(network, dataDir, isValid) {
      const prefix = pathOf({ network }, dataDir, '');
      const addressIn = (path: string) => path.slice(prefix.length);
      const gone = [...held].filter(
        ([path, { containerId, ifName }]) =>
          path.startsWith(prefix) && !isValid(containerId, ifName, addressIn(path)),
      );
      for (const [path] of gone) letGo(path);
      return gone.map(([path]) => addressIn(path));
    },
  };
}

type Range = { readonly subnet: Prefix; readonly gateway: string; readonly end: bigint };

function rangesOf({ conf: { subnet, ranges = [], ...bounds }, ipRanges }: OwnIpam): Range[] {
  const short = subnet ? [{ subnet, ...bounds }] : [];
  return [...ipRanges, ...ranges]
    .flatMap(([first]) => first ?? [])
    .concat(short)
    .map(rangeOf);
}

function rangeOf({ subnet, gateway, rangeEnd = '' }: RangeConf): Range {
  const prefix = parsePrefix(subnet);
  if (!prefix) throw new CniError('netconf', `${subnet} is no network`);
  return {
    subnet: prefix,
    gateway: gateway ?? ipText(after(networkOf(prefix), 1n)),
    end: (parseIp(rangeEnd) ?? lastOf(prefix)).value,
  };
}

const after = ({ family, value }: Ip, steps: bigint): Ip => ({ family, value: value + steps });

type IsFree = (ip: Ip) => boolean;

function choose(range: Range, requested: readonly string[], isFree: IsFree): Ip {
  const wanted = requested.map((text) => parseIp(text)).find((ip) => ip && contains(range.subnet, ip));
  if (wanted && !isFree(wanted)) throw new CniError('address-taken', `${ipText(wanted)} is taken`);
  const chosen = wanted ?? firstFree(range, isFree);
  if (chosen) return chosen;
  throw new CniError('no-free-address', `No address of ${prefixText(range.subnet)} is free`);
}

function firstFree({ subnet, end }: Range, isFree: IsFree): Ip | undefined {
  for (let ip = after(networkOf(subnet), 2n); ip.value <= end; ip = after(ip, 1n)) if (isFree(ip)) return ip;
  return undefined;
}

function heldAddressOf({ subnet, gateway, ip }: Range & { ip: Ip }): HeldAddress {
  return { address: prefixText({ ip, length: subnet.length }), gateway };
}
