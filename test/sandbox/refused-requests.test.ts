/** Environment and standard input that cannot be meant: refused before the machine is looked at. */
import { describe, expect } from 'vitest';
import type { Fault } from '../../schemas/fault.ts';
import type { Call } from './machine.ts';
import { test } from './machine-test.ts';
import { IPV4, network, TUTORIAL } from './networks.ts';
import { refused } from './outcome.ts';

const sound = network({ ipam: IPV4 });

type Refusal = readonly [
  title: string,
  fault: Fault,
  details: RegExp | readonly string[],
  call: Partial<Call>,
];

const REQUESTS: readonly Refusal[] = [
  ['an empty standard input', 'decode', /not JSON/, { netconf: '' }],
  ['broken JSON', 'decode', /not JSON/, { netconf: '{"name":' }],
  ['two JSON documents', 'decode', /not JSON/, { netconf: `${JSON.stringify(sound)}{}` }],
  ['a JSON list', 'decode', /not a JSON object/, { netconf: '[]' }],
  ['JSON null', 'decode', /not a JSON object/, { netconf: 'null' }],
  [
    'an unknown version',
    'incompatible-version',
    /"9\.9\.9".*0\.1\.0.*1\.1\.0/,
    { netconf: { ...sound, cniVersion: '9.9.9' } },
  ],
  [
    'a version in other words',
    'incompatible-version',
    /"0\.3"/,
    { netconf: { ...sound, cniVersion: '0.3' } },
  ],
  ['no name', 'netconf', /^name: expected/, { netconf: { ...sound, name: undefined } }],
  [
    'a name that leads out of the store',
    'netconf',
    /^name: expected/,
    { netconf: { ...sound, name: '../x' } },
  ],
  [
    'no deviceID, and tells which annotation gives one (PAIN-59)',
    'netconf',
    /^deviceID: expected .* annotation k8s\.v1\.cni\.cncf\.io\/resourceName, got nothing/,
    { netconf: { ...sound, deviceID: undefined } },
  ],
  [
    'a deviceID that leads out of sysfs (DEF-22)',
    'netconf',
    /^deviceID: expected a PCI address .*"\.\.\/\.\.\/x"$/,
    { netconf: { ...sound, deviceID: '../../x' } },
  ],
  [
    'two devices (PAIN-47)',
    'netconf',
    ['deviceID: expected the same device as in `pciBusID` and `runtimeConfig.deviceID`'],
    { netconf: { ...sound, pciBusID: '0000:01:10.2' } },
  ],
  [
    'what is wrong in environment, keys, CNI_ARGS and ranges, all at once',
    'environment',
    ['CNI_IFNAME: ', 'vlan: ', 'CNI_ARGS.MAC: ', 'CNI_ARGS.IP[1]: ', 'ipam.rangeEnd: '],
    {
      ifName: 'a/b',
      args: 'MAC=zz;IP=10.1.2.3,x',
      netconf: network({ vlan: -1, ipam: { ...IPV4, rangeEnd: '10.9.9.9' } }),
    },
  ],
  [
    'bad fields, all at once',
    'netconf',
    [
      'vlanProto: ',
      'link_state: ',
      'min_tx_rate: ',
      'max_tx_rate: ',
      'runtimeConfig.ips[0]: ',
      'runtimeConfig.CNIDeviceInfoFile: ',
      'args.cni.ips[0]: ',
      'ipam.exclude[0]: ',
      'ipam.resolvConf: ',
      'vlan: ',
      'vlanQoS: ',
      'mac: ',
      'spoofchk: ',
      'trust: ',
      'mtu: ',
      'ipam.subnet: ',
      'ipam.routes[0].dst: ',
    ],
    {
      netconf: network({
        vlan: 5000,
        vlanQoS: 9,
        mac: '01:00:00:00:00:01',
        spoofchk: 'yes',
        trust: true,
        mtu: 12,
        vlanProto: '802.1x',
        link_state: 'up',
        min_tx_rate: -1,
        max_tx_rate: 1.5,
        runtimeConfig: { ips: ['10.1.2'], CNIDeviceInfoFile: 'x' },
        args: { cni: { ips: ['10.1.2.300'] } },
        ipam: {
          subnet: '10.1.2.0/33',
          routes: [{ dst: 'default' }],
          exclude: ['10.1.2.3/24'],
          resolvConf: 'etc/resolv.conf',
        },
      }),
    },
  ],
  [
    'bad ranges, all at once (I2)',
    'netconf',
    ['ipam.ranges[0][0].subnet', 'ipam.ranges[1][0].rangeEnd', 'ipam.ranges[2][0].gateway'],
    {
      netconf: network({
        ipam: {
          ranges: [
            [{ subnet: '10.1.2.3/24' }],
            [{ subnet: '10.2.0.0/24', rangeEnd: '10.3.0.1' }],
            [{ subnet: '10.4.0.0/24', gateway: '2001:db8::1' }],
          ],
        },
      }),
    },
  ],
  [
    'a route whose destination has host bits',
    'netconf',
    ['ipam.routes[0].dst', '10.77.3.4/16'],
    { netconf: network({ ipam: { ...IPV4, routes: [{ dst: '10.77.3.4/16' }] } }) },
  ],
  ['an unknown command', 'environment', /CNI_COMMAND "add"/, { env: { CNI_COMMAND: 'add' } }],
  [
    'no container id and no namespace',
    'environment',
    /CNI_CONTAINERID, CNI_NETNS/,
    { containerId: '', netns: '' },
  ],
  [
    'a container id that leads out of the store',
    'environment',
    /CNI_CONTAINERID: expected/,
    { containerId: '../c1' },
  ],
  [
    'an interface name that is too long',
    'environment',
    /CNI_IFNAME: expected/,
    { ifName: 'abcdefghijklmnop' },
  ],
  ['a bad MAC in CNI_ARGS', 'environment', /CNI_ARGS\.MAC: expected/, { args: 'IgnoreUnknown=1;MAC=zz' }],
];

describe.concurrent('ADD refuses', () => {
  test.for(REQUESTS)('%s (DEF-14, P2)', async ([, fault, wanted, call], { machine }) => {
    const before = await machine.snapshot();
    const details = refused(await machine.add({ netconf: sound, ...call }), fault);
    if (wanted instanceof RegExp) expect(details).toMatch(wanted);
    else for (const part of wanted) expect(details).toContain(part);
    expect(await machine.snapshot()).toEqual(before);
  });
});

describe.concurrent('what the PF does not show could not be restored, and is refused before any change', () => {
  test.for([
    ['vlan', { vlan: 100, vlanQoS: 2 }],
    ['spoofchk', { spoofchk: 'off' }],
    ['trust', { trust: 'on' }],
    ['link_state', { link_state: 'enable' }],
    ['max_tx_rate', { max_tx_rate: 100 }],
    ['mac', { mac: '02:00:00:00:aa:01' }],
    ['mac of runtimeConfig', { runtimeConfig: { mac: '02:00:00:00:aa:01' } }],
  ] as const)('%s (PAIN-45)', async ([, settings], { machine }) => {
    const before = await machine.snapshot();
    const details = refused(await machine.add({ netconf: { ...TUTORIAL, ...settings } }), 'device-unfit');
    expect(details).toMatch(/^Cannot set \S+ of 0000:01:10\.0: its PF pf0 does not list VF 0$/);
    expect(await machine.snapshot()).toEqual(before);
  });
});

test('a PF that has no interface here is told before any change', async ({ machine }) => {
  await machine.sh('ip link del pf0; rm -r /sys/bus/pci/devices/0000:01:00.0/net');
  const before = await machine.snapshot();
  const details = refused(await machine.add({ netconf: { ...sound, vlan: 100 } }), 'device-unfit');
  expect(details).toMatch(/Cannot set vlan of 0000:01:10\.0: its PF 0000:01:00\.0 has no network interface/);
  expect(await machine.snapshot()).toEqual(before);
});

test('ADD refuses a route of a family without an address, in a version that cannot express it', async ({
  machine,
}) => {
  const before = await machine.snapshot();
  const routes = [{ dst: '2001:db8:7::/64' }];
  const netconf = { ...network({ ipam: { ...IPV4, routes } }), cniVersion: '0.2.0' };
  refused(await machine.add({ netconf }), 'incompatible-version');
  expect(await machine.snapshot()).toEqual(before);
});
