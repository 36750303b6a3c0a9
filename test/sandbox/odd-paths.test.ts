/** Whatever is part of a path, and leads elsewhere: no file is changed but the plugin's own. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { DEVICE_INFO_DIRECTORY } from '../../schemas/words.ts';
import { seedOf, tell, times } from '../figures.ts';
import { DEVICE, EVERYTHING } from '../sound-conf.ts';
import type { Machine } from './machine.ts';
import { machineTest } from './machine-test.ts';
import { attach, protect, type Sent, send } from './sent.ts';
import { traced } from './written-paths.ts';

const test = machineTest({ vfs: 1, pods: ['pod1'], store: 'size=8m' });

const RUNS = times({ fast: 20, soak: 400 });

const UP = '../'.repeat(12);
const words = (text: string) => text.split(' ');
/** `#` is where the plugin's own text would be. */
const LEADING_AWAY = [
  ...words(
    `  . .. / ${UP}run/victim /run/victim run/victim ./victim #/../../victim #/../victim ~/victim $HOME/victim`,
  ),
  ...words(
    '..\\..\\victim #\\victim %2e%2e%2fvictim ..%c0%afvictim ．．／victim ․․/victim ∕run∕victim #\n/run/victim',
  ),
  ...words('#\r #\t #;id #|id `id` -rf --help #/ #/. #//x .# ..# #.. ... link link/x /run/link/x /run/link'),
  ...words(
    '/var/lib/cni/networks/../../../../run/victim /var/run/k8s.cni.cncf.io/devinfo/cni/../../../victim',
  ),
  ...words(
    '/proc/self/cwd/x /proc/self/root/run/victim /proc/self/fd/1 /proc/sys/net/ipv4/ip_default_ttl /dev/stdout',
  ),
  ...words(`lock .reserving last_reserved_ip.0 10.1.2.3 sriov-attachments ${DEVICE}.json ${DEVICE}.lock`),
  ...[' #', '# ', '$(touch /run/victim)'],
  ...[200, 201, 255, 256, 4096].flatMap((length) => ['a'.repeat(length), `/${'a'.repeat(length)}`]),
];

const inConf = (keys: object) => JSON.stringify({ ...EVERYTHING, ...keys });
const inIpam = (keys: object) => inConf({ ipam: { ...EVERYTHING.ipam, ...keys } });
const inRuntime = (keys: object) => inConf({ runtimeConfig: { ...EVERYTHING.runtimeConfig, ...keys } });

/** By the part's name: what the plugin makes of it, and the request that has the text in its place. */
const PARTS: Readonly<Record<string, readonly [own: string, request: (text: string) => Partial<Sent>]>> = {
  name: ['net', (name) => ({ stdin: inConf({ name }) })],
  deviceID: [DEVICE, (deviceID) => ({ stdin: inConf({ deviceID, pciBusID: '', runtimeConfig: {} }) })],
  dataDir: ['/var/lib/cni/networks', (dataDir) => ({ stdin: inIpam({ dataDir }) })],
  logFile: ['/run/log/sriov.log', (logFile) => ({ stdin: inConf({ logFile }) })],
  resolvConf: ['/etc/resolv.conf', (resolvConf) => ({ stdin: inIpam({ resolvConf }) })],
  'ipam.type': ['host-local', (type) => ({ stdin: inIpam({ type }) })],
  CNIDeviceInfoFile: [
    EVERYTHING.runtimeConfig.CNIDeviceInfoFile,
    (CNIDeviceInfoFile) => ({ stdin: inRuntime({ CNIDeviceInfoFile }) }),
  ],
  CNI_CONTAINERID: ['c1', (CNI_CONTAINERID) => ({ env: { ...attach.env, CNI_CONTAINERID } })],
  CNI_IFNAME: ['net1', (CNI_IFNAME) => ({ env: { ...attach.env, CNI_IFNAME } })],
  CNI_NETNS: ['/run/netns/pod1', (CNI_NETNS) => ({ env: { ...attach.env, CNI_NETNS } })],
};

const anyCase = fc
  .tuple(fc.constantFrom(...Object.entries(PARTS)), fc.constantFrom(...LEADING_AWAY))
  .map(([[part, [own, request]], text]): Sent & { readonly part: string } => ({
    ...attach,
    ...request(text.replace('#', own)),
    part,
  }));

const plantVictim = (machine: Machine) => machine.sh('echo untouched >/run/victim; ln -s victim /run/link');
const victim = (machine: Machine) => machine.sh('cat /run/victim; readlink /run/link');

test('an attachment writes its record, its addresses, its log and its device information', async ({
  machine,
}) => {
  await protect(machine);
  const env = { ...attach.env, CNI_COMMAND: 'ADD' };
  const { written } = await traced(machine, { ...attach, env });
  for (const path of [
    `/var/lib/cni/sriov-attachments/${DEVICE}.lock`,
    `/var/lib/cni/sriov-attachments/${DEVICE}.json`,
    '/var/lib/cni/networks/net/10.1.2.50',
    EVERYTHING.logFile,
    EVERYTHING.runtimeConfig.CNIDeviceInfoFile,
  ])
    expect(written).toContain(path);
});

/** A file name has 255 bytes at most. */
test.for([
  [250, 0],
  [255, 0],
  [300, 1],
] as const)(
  'a device information file with a name of %i characters keeps no DEL from succeeding',
  async ([length, ofAdd], { machine }) => {
    await protect(machine);
    const infos = () => machine.sh(`ls -A ${DEVICE_INFO_DIRECTORY} 2>/dev/null || true`);
    const before = await machine.snapshot();
    const CNIDeviceInfoFile = `${DEVICE_INFO_DIRECTORY}/${'a'.repeat(length)}`;
    const long = { ...attach, stdin: inRuntime({ CNIDeviceInfoFile }) };
    const endsAll = async () => {
      expect(await send(machine, { ...long, command: 'DEL' })).toBe(0);
      expect({ ...(await machine.snapshot()), infos: await infos() }).toEqual({ ...before, infos: '' });
    };
    await endsAll();
    expect(await send(machine, long)).toBe(ofAdd);
    await endsAll();
    expect(await send(machine, attach)).toBe(0);
    await endsAll();
  },
);

test('no part of a path leads out of its directory, neither of an ADD nor of its DEL', async ({
  machine,
}) => {
  await plantVictim(machine);
  await protect(machine);
  const before = { ...(await machine.snapshot()), victim: await victim(machine) };
  let succeeded = 0;
  for (const { part, ...sent } of fc.sample(anyCase, { numRuns: RUNS, seed: seedOf('odd paths') })) {
    const code = await send(machine, sent);
    await send(machine, { ...sent, command: 'DEL' });
    const after = { ...(await machine.snapshot()), victim: await victim(machine) };
    expect({ part, sent, ...after }).toEqual({ part, sent, ...before });
    if (code === 0) succeeded += 1;
  }
  tell('odd paths', { requests: 2 * RUNS, 'attached after all': succeeded, 'files elsewhere': 0 });
}, 1_200_000);
