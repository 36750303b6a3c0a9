/** The files of sriov-cni, as it writes them. */
import { mkdirSync, writeFileSync } from 'node:fs';

export const DEVICE = '0000:af:06.0';
export const CONTAINER = '0123456789abcdef'.repeat(4);
export const SANDBOX = '/var/run/netns/cni-1f0c';
export const FILE = `${CONTAINER}-net1`;

export const ORIGINAL = {
  HostIFName: 'enp175s6',
  SpoofChk: true,
  Trust: false,
  AdminMAC: '00:00:00:00:00:00',
  EffectiveMAC: '6e:16:06:0e:b7:e9',
  Vlan: 0,
  VlanQoS: 0,
  VlanProto: 0,
  MinTxRate: 0,
  MaxTxRate: 0,
  LinkState: 0,
  MTU: 1500,
};

/** Nothing but the device is configured. */
export const CACHE = {
  cniVersion: '1.0.0',
  name: 'sriov-net',
  type: 'sriov',
  capabilities: { mac: true },
  ipam: { type: 'host-local' },
  dns: {},
  OrigVfState: ORIGINAL,
  Master: 'enp175s0f1',
  MAC: '',
  MTU: null,
  vlan: null,
  vlanQoS: null,
  vlanProto: null,
  deviceID: DEVICE,
  VFID: 0,
  min_tx_rate: null,
  max_tx_rate: null,
  runtimeConfig: {},
};

/** A directory of sriov-cni with one attachment. */
export function plantSriovCni(directory: string, cache: object = CACHE, file = FILE): string {
  mkdirSync(`${directory}/pci/vf_lock`, { recursive: true });
  writeFileSync(`${directory}/pci/vf_lock/${DEVICE}.lock`, '');
  writeFileSync(`${directory}/pci/${DEVICE}`, SANDBOX);
  writeFileSync(`${directory}/${file}`, JSON.stringify(cache));
  return directory;
}
