/** Who is measured: ours, two that do the same work on a link, with host-local as their IPAM plugin, and very little in Node. */
import { fileURLToPath } from 'node:url';
import { type Call, EXECUTABLE } from './calls.ts';

export type Attaching = {
  readonly name: string;
  /** ADD, DEL of the n-th VF and pod. */
  readonly call: (command: string, ipam: object, n?: number) => Call;
};

export type Contestant = Attaching & {
  /** The store alone. */
  readonly store: (command: string, ipam: object, containerId: string) => Call;
};

export const IPAM = {
  'IPv4 with one route': {
    subnet: '10.20.30.0/25',
    routes: [{ dst: '0.0.0.0/0' }],
    gateway: '10.20.30.1',
  },
  IPv6: { subnet: '2001:db8::/64', routes: [{ dst: '::/0' }] },
  'dual stack': {
    ranges: [[{ subnet: '10.20.30.0/25' }], [{ subnet: '2001:db8::/64' }]],
    routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }],
  },
} as const;

const deviceOf = (n: number) => `0000:01:${(0x10 + Math.floor(n / 4)).toString(16)}.${(n % 4) * 2}`;
const common = { cniVersion: '0.3.1' };
const ofPod = (command: string, n: number) => ({ command, containerId: `bench${n}`, pod: `pod${n}` });
const hostLocal = (ipam: object, dataDir: string) => ({ type: 'host-local', dataDir, ...ipam });

export const ours: Contestant = {
  name: 'this plugin',
  call: (command, ipam, n = 0) => ({
    program: EXECUTABLE,
    ...ofPod(command, n),
    netconf: {
      ...common,
      type: 'sriov',
      name: 'ours',
      logLevel: 'error',
      deviceID: deviceOf(n),
      ipam: hostLocal(ipam, '/run/store/ours'),
    },
  }),
  store: (command, ipam, containerId) => ({
    program: '/run/ours/host-local',
    command,
    containerId,
    netconf: { ...common, type: 'any', name: 'store', ipam: hostLocal(ipam, '/run/store/ours') },
  }),
};

export const LITTLE = fileURLToPath(new URL('../../dist/little', import.meta.url));

/** Very little for a plugin in Node: see little.ts. */
export const little: Attaching = {
  name: 'very little in Node',
  call: (command, _ipam, n = 0) => ({
    program: LITTLE,
    ...ofPod(command, n),
    netconf: { link: `vf${n}`, address: `10.20.30.${n + 2}/25`, gateway: '10.20.30.1' },
  }),
};

export const goPlugins = (version: string, path: string): Contestant => {
  const dataDir = `/run/store/${version}`;
  return {
    name: `host-device and host-local ${version}`,
    call: (command, ipam, n = 0) => ({
      program: `${path}/host-device`,
      ...ofPod(command, n),
      path,
      netconf: {
        ...common,
        type: 'host-device',
        name: 'theirs',
        device: `vf${n}`,
        ipam: hostLocal(ipam, dataDir),
      },
    }),
    store: (command, ipam, containerId) => ({
      program: `${path}/host-local`,
      command,
      containerId,
      netconf: { ...common, type: 'any', name: 'store', ipam: hostLocal(ipam, dataDir) },
    }),
  };
};

export const dataDirOf = ({ store }: Contestant) =>
  (store('ADD', {}, '').netconf as { ipam: { dataDir: string } }).ipam.dataDir;
