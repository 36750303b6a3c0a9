/** What a resolv.conf(5) says, as a CNI result has it. */
import type { Dns } from '../schemas/ipam-conf.ts';

/** Read as host-local does: the last `domain` counts, all else adds up, what is unknown is skipped. */
export function dnsOf(text: string): Dns {
  const entries = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => !/^[#;]/.test(line))
    .map((line) => line.split(/\s+/));
  const valuesOf = (key: string) => entries.flatMap(([first, ...values]) => (first === key ? values : []));
  const nameservers = entries.flatMap(([key, address]) => (key === 'nameserver' && address ? [address] : []));
  const domain = entries.findLast(([key, name]) => key === 'domain' && name)?.[1];
  const [search, options] = [valuesOf('search'), valuesOf('options')];
  return {
    ...(nameservers.length > 0 && { nameservers }),
    ...(domain !== undefined && { domain }),
    ...(search.length > 0 && { search }),
    ...(options.length > 0 && { options }),
  };
}
