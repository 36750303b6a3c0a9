/** The network configuration on stdin: the only list of our keys. */
import * as z from 'zod/mini';
import { decode, valueAt } from './decode.ts';
import { CniError } from './fault.ts';
import { IpamConf } from './ipam-conf.ts';
import {
  AbsolutePath,
  described,
  Mac,
  Mtu,
  NetworkName,
  OnOff,
  PciAddress,
  VlanId,
  VlanQos,
} from './words.ts';

export const LOG_LEVELS = ['error', 'warning', 'info', 'debug'] as const;

const settings = {
  vlan: described(
    z.optional(VlanId),
    'VLAN that the PF puts on the VF. 0 takes it away; absent leaves it alone.',
  ),
  vlanQoS: described(z.optional(VlanQos), 'Priority in the VLAN tag; needs a `vlan` other than 0.'),
  mac: described(
    z.optional(Mac),
    'MAC address. `MAC` in CNI_ARGS overrides it, and `runtimeConfig.mac` overrides both.',
  ),
  spoofchk: described(
    z.optional(OnOff),
    'Whether the PF drops frames that do not come from the MAC of the VF.',
  ),
  trust: described(z.optional(OnOff), 'Whether the VF may change its MAC and receive all traffic.'),
  mtu: described(z.optional(Mtu), 'MTU of the interface, not above that of the PF. Absent leaves it alone.'),
};

export const NetConf = z
  .object(
    {
      cniVersion: described(
        z.optional(z.string({ error: 'a version such as "1.0.0"' })),
        'Version of the CNI specification. Default: `0.1.0`, as the specification says.',
      ),
      name: described(NetworkName, 'Name of the network. Addresses are kept per name.'),
      type: described(z.optional(z.string({ error: 'a text' })), 'The name of the executable: `sriov`.'),
      deviceID: described(
        PciAddress,
        'PCI address of the VF. Multus adds it if the NetworkAttachmentDefinition names the resource of a device ' +
          'plugin (annotation `k8s.v1.cni.cncf.io/resourceName`).',
      ),
      ...settings,
      ipam: described(
        z.optional(IpamConf),
        'Addresses, from the built-in store. Absent, `{}` or without `type`: no addresses.',
      ),
      runtimeConfig: described(
        z.optional(z.object({ mac: settings.mac }, { error: 'an object' })),
        'What the runtime passes for declared `capabilities`.',
      ),
      logLevel: described(
        z.optional(z.enum(LOG_LEVELS, { error: `one of ${LOG_LEVELS.join(', ')}` })),
        'Least severity that is logged. Default: `info`.',
      ),
      logFile: described(z.optional(AbsolutePath), 'File to log to, instead of standard error.'),
      prevResult: described(
        z.optional(z.unknown()),
        'Set by the runtime: for CHECK, the result of ADD. ADD behind another plugin of a chain is not supported yet.',
      ),
    },
    { error: 'a JSON object' },
  )
  .check(
    z.refine(({ vlan, vlanQoS }) => !vlanQoS || Boolean(vlan), {
      path: ['vlanQoS'],
      error: 'a `vlan` other than 0 beside it',
    }),
  );
export type NetConf = z.output<typeof NetConf>;

/** What DEL can use of a configuration that may have been edited, or broken, since ADD: all but the name optional. */
export const DelConf = z.object(
  {
    name: NetworkName,
    deviceID: z.catch(z.optional(PciAddress), undefined),
    ipam: z.catch(z.optional(z.object({ dataDir: z.optional(AbsolutePath) })), undefined),
    logLevel: z.catch(NetConf.shape.logLevel, undefined),
    logFile: z.catch(NetConf.shape.logFile, undefined),
  },
  { error: 'a JSON object' },
);
export type DelConf = z.output<typeof DelConf>;

/** Keys of sriov-cni and host-local that this release would have to ignore, and therefore refuses unless empty. */
export const NOT_SUPPORTED = [
  ['vlanProto'],
  ['min_tx_rate'],
  ['max_tx_rate'],
  ['link_state'],
  ['ipam', 'resolvConf'],
  ['ipam', 'exclude'],
  ['runtimeConfig', 'ips'],
  ['runtimeConfig', 'ipRanges'],
  ['args', 'cni', 'ips'],
];

function refuseUnsupported(value: unknown): void {
  const present = NOT_SUPPORTED.flatMap((path) => {
    const found = valueAt(value, path);
    return found === undefined || found === null || String(found) === ''
      ? []
      : [`${path.join('.')} = ${JSON.stringify(found)}`];
  });
  if (present.length > 0) {
    throw new CniError('unsupported-field', `Not supported yet: ${present.join(', ')}`);
  }
}

/** `ipam: {}` and an ipam without `type` mean "no addresses" to the established plugins. */
function withoutEmptyIpam(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  if (valueAt(value, ['ipam', 'type'])) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => key.toLowerCase() !== 'ipam'));
}

export function parseNetConf(value: unknown): NetConf {
  refuseUnsupported(value);
  return decode(NetConf, withoutEmptyIpam(value), 'netconf');
}
