/** Every default and precedence rule: what the request wants to be true of the VF. */
import type { Attachment } from '../../schemas/attachment.ts';
import type { CniArguments, PodName } from '../../schemas/environment.ts';
import { DEFAULT_DATA_DIR, type Dns, type IpamConf, type IpRanges } from '../../schemas/ipam-conf.ts';
import { deviceIdsOf, type NetConf, type PodKeys } from '../../schemas/netconf.ts';
import type { Delegate, VfSettings } from '../../schemas/record.ts';
import type { AddRequest } from '../../schemas/request.ts';
import type { Result } from '../../schemas/result.ts';
import type { Mac, PciAddress } from '../../schemas/words.ts';
import type { Asked } from './policy.ts';

export type Desired = {
  readonly attachment: Attachment;
  readonly device: PciAddress;
  readonly pod?: PodName;
  /** CNI_NETNS. */
  readonly sandbox: string;
  /** Through the PF; absent is left alone. */
  readonly settings: VfSettings;
  readonly mac?: Mac;
  readonly mtu?: number;
  /** Who gives the addresses: our store, another plugin, or nobody. */
  readonly ipam?: OwnIpam;
  readonly delegate?: Delegate;
  readonly dataDir: string;
  /** Goes before what the addresses come with. */
  readonly dns?: Dns;
  readonly detectsDuplicates: boolean;
  readonly resetsFunction: boolean;
  readonly allowsNoPf: boolean;
  readonly deviceInfoFile?: string;
  /** Result of the plugins before us in a chain. */
  readonly prevResult?: Result;
};

/** What our store is asked for. */
export type OwnIpam = {
  readonly conf: IpamConf;
  readonly ipRanges: IpRanges;
  /** Addresses, with or without prefix length. */
  readonly requested: readonly string[];
};

function settingsOf(conf: NetConf): VfSettings {
  const { vlan, vlanQoS = 0, vlanProto, spoofchk, trust, link_state, min_tx_rate, max_tx_rate } = conf;
  return {
    ...(vlan === undefined
      ? {}
      : { vlan: { id: vlan, qos: vlanQoS, ...(vlanProto === '802.1ad' && { protocol: vlanProto }) } }),
    ...(spoofchk && { spoofchk }),
    ...(trust && { trust }),
    ...(link_state && { linkState: link_state }),
    ...(min_tx_rate !== undefined && { minTxRate: min_tx_rate }),
    ...(max_tx_rate !== undefined && { maxTxRate: max_tx_rate }),
  };
}

function macOf({ runtimeConfig, args, mac }: NetConf, cniArgs?: CniArguments): Mac | undefined {
  return runtimeConfig?.mac ?? args?.cni?.mac ?? cniArgs?.mac ?? mac;
}

/** What the node's policy may limit. STATUS has no pod's arguments. */
export function askedOf(conf: NetConf, cniArgs?: CniArguments): Asked {
  return {
    settings: settingsOf(conf),
    mac: macOf(conf, cniArgs),
    dataDir: dataDirOf(conf),
    logFile: conf.logFile,
  };
}

export function dataDirOf(conf: { readonly ipam?: { readonly dataDir?: string | undefined } | undefined }) {
  return conf.ipam?.dataDir ?? DEFAULT_DATA_DIR;
}

type AddressKeys = {
  readonly conf: PodKeys;
  readonly cniArgs: CniArguments;
};

/** What a pod requests: the union of all places counts, as with host-local. */
export function ownIpamOf(
  ipam: IpamConf,
  { conf: { runtimeConfig = {}, args }, cniArgs }: AddressKeys,
): OwnIpam {
  const requested = [...cniArgs.ips, ...(args?.cni?.ips ?? []), ...(runtimeConfig.ips ?? [])];
  return { conf: ipam, ipRanges: runtimeConfig.ipRanges ?? [], requested: [...new Set(requested)] };
}

export function desiredOf(request: AddRequest): Desired {
  const { attachment, sandbox, conf, cniArgs, delegate, prevResult } = request;
  const { runtimeConfig = {}, ipam, dns, mtu } = conf;
  const [device] = deviceIdsOf(conf);
  if (device === undefined) throw new TypeError('A configuration names a device');
  const mac = macOf(conf, cniArgs);
  return {
    attachment,
    device,
    ...(cniArgs.pod && { pod: cniArgs.pod }),
    sandbox,
    settings: settingsOf(conf),
    ...(mac && { mac }),
    ...(mtu && { mtu }),
    ...(ipam && { ipam: ownIpamOf(ipam, request) }),
    ...(delegate && { delegate }),
    dataDir: dataDirOf(conf),
    ...(dns && { dns }),
    detectsDuplicates: conf.enabledad ?? false,
    resetsFunction: conf.functionLevelReset ?? false,
    allowsNoPf: conf.allowNoPF ?? false,
    ...(runtimeConfig.CNIDeviceInfoFile && { deviceInfoFile: runtimeConfig.CNIDeviceInfoFile }),
    ...(prevResult && { prevResult }),
  };
}

/** Whether the PF has to be asked, and written to, for this attachment. */
export function touchesPf({ settings, mac }: Pick<Desired, 'settings' | 'mac'>): boolean {
  return mac !== undefined || Object.keys(settings).length > 0;
}
