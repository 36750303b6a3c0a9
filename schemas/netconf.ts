/** The network configuration on stdin: the only list of our keys. */
import * as z from 'zod/mini';
import { decode, type Json, valueAt } from './decode.ts';
import { Dns, IpamConf, IpRanges } from './ipam-conf.ts';
import type { Delegate, VfSettings } from './record.ts';
import {
  AbsolutePath,
  AddressText,
  DeviceInfoPath,
  described,
  LinkState,
  listOf,
  Mac,
  Mtu,
  NetworkName,
  OnOff,
  PciAddress,
  TxRate,
  VlanId,
  VlanProto,
  VlanQos,
} from './words.ts';

export const LOG_LEVELS = ['error', 'warning', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The words of sriov-cni, in any case, and our level for each. */
const LEVEL_OF: ReadonlyMap<string, LogLevel> = new Map([
  ['panic', 'error'],
  ['error', 'error'],
  ['warning', 'warning'],
  ['info', 'info'],
  ['debug', 'debug'],
]);
const LEVEL = `one of ${[...LEVEL_OF.keys()].join(', ')}`;
const LogLevelText = z.pipe(
  z.string({ error: LEVEL }),
  z.transform((text, context): LogLevel => {
    const level = LEVEL_OF.get(text.toLowerCase());
    if (level) return level;
    context.issues.push({ code: 'custom', message: LEVEL, input: text });
    return z.NEVER;
  }),
);

/** `type` of an `ipam` that our own store serves. */
export const OWN_IPAM = 'host-local' as const;

const text = z.string({ error: 'a text' });
const isSo = z.boolean({ error: 'true or false' });

const mac = described(
  z.optional(Mac),
  'MAC address. Of several the last of these counts: `mac`, `MAC` in CNI_ARGS, `args.cni.mac`, `runtimeConfig.mac`.',
);
const ips = described(
  z.optional(listOf(AddressText, 'IP addresses')),
  'Addresses that the pod requests; those of `IP` in CNI_ARGS, `args.cni.ips` and `runtimeConfig.ips` come together. A prefix length is ignored.',
);

const settings = {
  vlan: described(
    z.optional(VlanId),
    'VLAN that the PF puts on the VF. 0 takes it away; absent leaves it alone.',
  ),
  vlanQoS: described(z.optional(VlanQos), 'Priority in the VLAN tag; needs a `vlan` other than 0.'),
  vlanProto: described(
    z.optional(VlanProto),
    'Protocol of the VLAN tag; `802.1ad` (QinQ) needs a `vlan` other than 0. Default: `802.1q`.',
  ),
  mac,
  spoofchk: described(
    z.optional(OnOff),
    'Whether the PF drops frames that do not come from the MAC of the VF.',
  ),
  trust: described(z.optional(OnOff), 'Whether the VF may change its MAC and receive all traffic.'),
  link_state: described(
    z.optional(LinkState),
    'What the VF sees as its link: that of the PF, always up, or always down.',
  ),
  min_tx_rate: described(
    z.optional(TxRate),
    'Guaranteed transmit rate in Mbit/s, not above `max_tx_rate`. 0 is no guarantee; absent leaves it alone.',
  ),
  max_tx_rate: described(
    z.optional(TxRate),
    'Greatest transmit rate in Mbit/s. 0 is no limit; absent leaves it alone.',
  ),
  mtu: described(z.optional(Mtu), 'MTU of the interface, not above that of the PF. Absent leaves it alone.'),
};

export const RuntimeConfig = z.object(
  {
    mac,
    ips,
    ipRanges: described(
      z.optional(IpRanges),
      'Range sets of this pod, in the form of `ipam.ranges`. They come before the configured ones.',
    ),
    deviceID: described(z.optional(PciAddress), 'PCI address of the VF, as `deviceID`.'),
    CNIDeviceInfoFile: described(
      z.optional(DeviceInfoPath),
      'File to describe the device in, in the format of the device information specification 1.1.0.',
    ),
  },
  { error: 'an object' },
);

export const CniArgs = z.object({ mac, ips }, { error: 'an object' });

export const log = {
  logLevel: described(z.optional(LogLevelText), 'Least severity that is logged. Default: `info`.'),
  logFile: described(
    z.optional(AbsolutePath),
    'File to log to, instead of standard error; the name of a new one has to end in `.log`. At 100 MB it is renamed to `.1`; five old ones are kept.',
  ),
};

const Keys = z.object(
  {
    cniVersion: described(
      z.optional(z.string({ error: 'a version such as "1.0.0"' })),
      'Version of the CNI specification. Default: `0.1.0`, as the specification says.',
    ),
    name: described(z.clone(NetworkName), 'Name of the network. Addresses are kept per name.'),
    type: described(z.optional(text), 'The name of the executable: `sriov`.'),
    deviceID: described(
      z.optional(PciAddress),
      'PCI address of the VF. Multus adds it if the NetworkAttachmentDefinition names the resource of a device ' +
        'plugin (annotation `k8s.v1.cni.cncf.io/resourceName`). Absent: `pciBusID`, then `runtimeConfig.deviceID`. ' +
        'One of the three is required, and those that are given have to be the same.',
    ),
    pciBusID: described(z.optional(PciAddress), 'Another name of `deviceID`; Multus adds both.'),
    ...settings,
    ipam: described(
      z.optional(IpamConf),
      'Addresses, from the built-in store or another plugin. Absent, `{}` or without `type`: no addresses.',
    ),
    dns: described(z.optional(Dns), 'Reported in the result, instead of what the addresses come with.'),
    enabledad: described(
      z.optional(isSo),
      'Whether to wait until the kernel has made sure that no neighbour has our IPv6 addresses (1 to 2 s). Default: false.',
    ),
    functionLevelReset: described(
      z.optional(isSo),
      'Whether to reset a VF whose driver is for userspace, before it is set up and after its end. Default: false.',
    ),
    allowNoPF: described(
      z.optional(isSo),
      'Whether any network device without a PF may be moved. Default: false, which allows those with the driver of a VF only.',
    ),
    runtimeConfig: described(
      z.optional(RuntimeConfig),
      'What the runtime passes for declared `capabilities`.',
    ),
    args: described(
      z.optional(z.object({ cni: z.optional(CniArgs) }, { error: 'an object' })),
      'What the runtime passes of the pod, under `cni`.',
    ),
    capabilities: described(
      z.optional(z.unknown()),
      'What the runtime may pass: `mac`, `ips`, `ipRanges`, `deviceID`, `CNIDeviceInfoFile`, each true.',
    ),
    ...log,
    prevResult: described(
      z.optional(z.unknown()),
      'Set by the runtime: the result of the plugins before; for CHECK, of all plugins.',
    ),
  },
  { error: 'a JSON object' },
);
type Keys = z.output<typeof Keys>;

const DEVICE_WANTED =
  'the PCI address of a VF. Multus adds it if the NetworkAttachmentDefinition has the annotation k8s.v1.cni.cncf.io/resourceName';

/** What a configuration names as its device, in the order of precedence. */
export function deviceIdsOf({ deviceID, pciBusID, runtimeConfig }: DeviceKeys): readonly PciAddress[] {
  return [deviceID, pciBusID, runtimeConfig?.deviceID].filter((id) => id !== undefined);
}

/** The key of each setting, for those who have to tell a user of it. */
export const KEY_OF: Readonly<Record<keyof VfSettings, keyof Keys>> = {
  vlan: 'vlan',
  spoofchk: 'spoofchk',
  trust: 'trust',
  linkState: 'link_state',
  minTxRate: 'min_tx_rate',
  maxTxRate: 'max_tx_rate',
};

/** What runtimes pass of a pod. */
export type PodKeys = Pick<Keys, 'runtimeConfig' | 'args'>;

type DeviceKeys = Pick<Keys, 'deviceID' | 'pciBusID'> & {
  readonly runtimeConfig?: Pick<z.output<typeof RuntimeConfig>, 'deviceID'> | undefined;
};

/** What must hold between keys. It is asked for even if other keys are wrong, so that all problems come out at once. */
const rule = (path: string[], expected: string, holds: (conf: Keys) => boolean) =>
  z.refine<Keys>(holds, { path, error: expected, when: () => true });

/** Without a device: what STATUS can judge, and Multus has not completed yet. */
export const DevicelessConf = Keys.check(
  rule(['vlanQoS'], 'a `vlan` other than 0 beside it', ({ vlan, vlanQoS }) => !vlanQoS || Boolean(vlan)),
  rule(
    ['vlanProto'],
    'a `vlan` beside it, other than 0 for 802.1ad',
    ({ vlan, vlanProto }) => !vlanProto || (vlanProto === '802.1ad' ? Boolean(vlan) : vlan !== undefined),
  ),
  rule(
    ['min_tx_rate'],
    'at most `max_tx_rate`',
    ({ min_tx_rate: min = 0, max_tx_rate: max }) => !max || min <= max,
  ),
  rule(
    ['deviceID'],
    'the same device as in `pciBusID` and `runtimeConfig.deviceID`',
    (conf) => new Set(deviceIdsOf(conf)).size <= 1,
  ),
);

export const NetConf = DevicelessConf.check(
  rule(['deviceID'], DEVICE_WANTED, (conf) => deviceIdsOf(conf).length > 0),
);
export type NetConf = z.output<typeof NetConf>;

function without(json: Json, key: string): Json {
  return Object.fromEntries(Object.entries(json).filter(([other]) => other.toLowerCase() !== key));
}

/** The plugin that `ipam.type` names, if that is not our own store. */
export function delegateOf(json: Json): Delegate | undefined {
  const type = valueAt(json, ['ipam', 'type']);
  return typeof type === 'string' && type !== '' && type !== OWN_IPAM ? { type, netconf: json } : undefined;
}

/** `ipam: {}` and an ipam without `type` mean "no addresses" to the established plugins. */
export function parseNetConf(json: Json, schema: typeof NetConf = NetConf): NetConf {
  return decode(schema, isForNobody(json) ? without(json, 'ipam') : json, 'netconf');
}

/** A `type` of a wrong kind is to be complained of. */
function isForNobody(json: Json): boolean {
  return !valueAt(json, ['ipam', 'type']) || delegateOf(json) !== undefined;
}
