/** The port Addresses, much simplified: the first free address from the second on of each range set's first subnet. */
import type { Attachment } from '../../schemas/attachment.ts';
import { CniError } from '../../schemas/fault.ts';
import { type Ip, ipText, networkOf, type Prefix, parsePrefix, prefixText } from '../../schemas/ip.ts';
import type { IpamConf, RangeConf } from '../../schemas/ipam-conf.ts';
import type { Addresses, HeldAddress } from '../../src/attachment/ports.ts';
import type { Steps } from './steps.ts';

export type Holder = { readonly containerId: string; readonly ifName: string };

export type MemoryAddresses = Addresses & {
  /** Who holds what, by `<dataDir>/<network>/<address>`. */
  readonly held: Map<string, Holder>;
};

export function memoryAddresses(steps: Steps): MemoryAddresses {
  const held = new Map<string, Holder>();
  const refuse = (): never => {
    throw new CniError('input-output', 'Cannot reserve: ENOSPC');
  };
  const pathOf = ({ network }: Pick<Attachment, 'network'>, dataDir: string, address: string) =>
    `${dataDir}/${network}/${address}`;
  const isHeldBy = (path: string, { containerId, ifName }: Attachment) =>
    held.get(path)?.containerId === containerId && held.get(path)?.ifName === ifName;
  const letGo = (path: string) => steps.take(`release ${path}`, () => void held.delete(path), refuse);

  return {
    held,
    plan(conf, dataDir) {
      const ranges = rangesOf(conf);
      return {
        families: ranges.map(({ subnet }) => subnet.ip.family),
        async reserve(owner, intend) {
          const isFree = (ip: Ip) => !held.has(pathOf(owner, dataDir, ipText(ip)));
          const chosen = ranges.map((range) => ({ ...range, ip: firstFree(range.subnet, isFree) }));
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
          return chosen.map(heldAddressOf);
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
    async collect(network, dataDir, isValid) {
      const prefix = pathOf({ network }, dataDir, '');
      const gone = [...held].filter(
        ([path, { containerId, ifName }]) => path.startsWith(prefix) && !isValid(containerId, ifName),
      );
      for (const [path] of gone) letGo(path);
      return gone.map(([path]) => path.slice(prefix.length));
    },
  };
}

type Range = { readonly subnet: Prefix; readonly gateway: string };

function rangesOf({ subnet, gateway, ranges = [] }: IpamConf): Range[] {
  const short = subnet ? [{ subnet, gateway }] : [];
  return [...short, ...ranges.flatMap(([first]) => first ?? [])].map(rangeOf);
}

function rangeOf({ subnet, gateway }: RangeConf): Range {
  const prefix = parsePrefix(subnet);
  if (!prefix) throw new CniError('netconf', `${subnet} is no network`);
  return { subnet: prefix, gateway: gateway ?? ipText(after(networkOf(prefix), 1n)) };
}

const after = ({ family, value }: Ip, steps: bigint): Ip => ({ family, value: value + steps });

function firstFree(subnet: Prefix, isFree: (ip: Ip) => boolean): Ip {
  let ip = after(networkOf(subnet), 2n);
  while (!isFree(ip)) ip = after(ip, 1n);
  return ip;
}

function heldAddressOf({ subnet, gateway, ip }: Range & { ip: Ip }): HeldAddress {
  return { address: prefixText({ ip, length: subnet.length }), gateway };
}
