/** The executable under its second name, beside the plugin whose place it takes. */
import { type Call, EXECUTABLE, type Machine, OWN_PLUGINS, REFERENCE_PLUGINS } from './machine.ts';

export const OURS = `${OWN_PLUGINS}/host-local`;
export const THEIRS = `${REFERENCE_PLUGINS}/host-local`;

export async function withHostLocal(machine: Machine): Promise<void> {
  await machine.sh(`mkdir -p ${OWN_PLUGINS}; ln -s ${EXECUTABLE} ${OURS}`);
}

/** What a call has besides `ipam`; `conf` is more of the configuration. */
export type More = Partial<Omit<Call, 'netconf'>> & { readonly conf?: object };

/** As a main plugin asks its IPAM plugin. */
export function ipamCall(ipam: object, { conf, ...call }: More = {}): Call & { readonly netconf: object } {
  const netconf = { cniVersion: '1.0.0', name: 'net', type: 'x', ...conf };
  return { plugin: OURS, netconf: { ...netconf, ipam: { type: 'host-local', ...ipam } }, ...call };
}
