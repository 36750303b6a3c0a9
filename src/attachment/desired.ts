/** Every default and precedence rule: what the request wants to be true of the VF. */
import type { Attachment } from '../../schemas/attachment.ts';
import { DEFAULT_DATA_DIR, type IpamConf, type RouteConf } from '../../schemas/ipam-conf.ts';
import type { NetConf } from '../../schemas/netconf.ts';
import type { VfSettings } from '../../schemas/record.ts';
import type { AddRequest } from '../../schemas/request.ts';
import type { Mac, PciAddress } from '../../schemas/words.ts';

export type Desired = {
  readonly attachment: Attachment;
  readonly device: PciAddress;
  /** CNI_NETNS. */
  readonly sandbox: string;
  /** Through the PF; absent is left alone. */
  readonly settings: VfSettings;
  readonly mac?: Mac;
  readonly mtu?: number;
  readonly ipam?: IpamConf;
  readonly dataDir: string;
  readonly routes: readonly RouteConf[];
};

function settingsOf({ vlan, vlanQoS = 0, spoofchk, trust }: NetConf): VfSettings {
  return {
    ...(vlan === undefined ? {} : { vlan: { id: vlan, qos: vlanQoS } }),
    ...(spoofchk && { spoofchk }),
    ...(trust && { trust }),
  };
}

export function dataDirOf(conf: { readonly ipam?: { readonly dataDir?: string | undefined } | undefined }) {
  return conf.ipam?.dataDir ?? DEFAULT_DATA_DIR;
}

export function desiredOf({ attachment, sandbox, conf, macArgument }: AddRequest): Desired {
  const mac = conf.runtimeConfig?.mac ?? macArgument ?? conf.mac;
  return {
    attachment,
    device: conf.deviceID,
    sandbox,
    settings: settingsOf(conf),
    ...(mac && { mac }),
    ...(conf.mtu && { mtu: conf.mtu }),
    ...(conf.ipam && { ipam: conf.ipam }),
    dataDir: dataDirOf(conf),
    routes: conf.ipam?.routes ?? [],
  };
}

/** Whether the PF has to be asked, and written to, for this attachment. */
export function touchesPf({ settings, mac }: Pick<Desired, 'settings' | 'mac'>): boolean {
  return mac !== undefined || Object.keys(settings).length > 0;
}
