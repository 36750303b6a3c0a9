/** A network configuration in which everything is right, so that tests can spoil it. */
export const DEVICE = '0000:01:10.0';

/** Every key that there is, with a value that is right. */
export const EVERYTHING = {
  cniVersion: '1.1.0',
  name: 'net',
  type: 'sriov',
  deviceID: DEVICE,
  pciBusID: DEVICE,
  mtu: 1400,
  ipam: {
    type: 'host-local',
    subnet: '10.1.2.0/24',
    rangeStart: '10.1.2.10',
    rangeEnd: '10.1.2.99',
    gateway: '10.1.2.1',
    ranges: [[{ subnet: '2001:db8::/64', gateway: 'none' }, { subnet: '2001:db8:1::/64' }]],
    exclude: ['10.1.2.11', '10.1.2.20-10.1.2.30'],
    routes: [
      { dst: '10.77.0.0/16', gw: '10.1.2.1', mtu: 1300, advmss: 1200, priority: 7, table: 254, scope: 0 },
    ],
    dataDir: '/var/lib/cni/networks',
    resolvConf: '/etc/resolv.conf',
  },
  dns: { nameservers: ['10.1.2.1'], domain: 'd', search: ['s'], options: ['o'] },
  enabledad: false,
  functionLevelReset: false,
  allowNoPF: false,
  runtimeConfig: {
    ips: ['10.1.2.50'],
    ipRanges: [[{ subnet: '10.3.0.0/24' }]],
    deviceID: DEVICE,
    CNIDeviceInfoFile: '/var/run/k8s.cni.cncf.io/devinfo/cni/x.json',
  },
  args: { cni: { ips: ['10.3.0.9/24'] } },
  capabilities: { ips: true },
  logLevel: 'debug',
  logFile: '/run/log/sriov.log',
  prevResult: {
    cniVersion: '1.1.0',
    interfaces: [{ name: 'eth0', mac: '02:00:00:00:00:77', mtu: 1500, sandbox: '/run/netns/pod1' }],
    ips: [{ interface: 0, address: '10.9.0.2/24', gateway: '10.9.0.1' }],
    routes: [{ dst: '10.9.0.0/16', gw: '10.9.0.1', priority: 1 }],
    dns: { nameservers: ['10.9.0.1'] },
  },
  'cni.dev/valid-attachments': [{ containerID: 'c1', ifname: 'net1' }],
};

/** What only a PF with settings for its VFs takes. */
export const SETTINGS = {
  vlan: 100,
  vlanQoS: 3,
  vlanProto: '802.1ad',
  mac: '02:00:00:00:00:aa',
  spoofchk: 'off',
  trust: 'on',
  link_state: 'enable',
  min_tx_rate: 10,
  max_tx_rate: 1000,
};
