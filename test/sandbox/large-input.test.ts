/** Megabytes of standard input: answered soon, and within a bounded memory. */
import { expect } from 'vitest';
import { FAULTS, type Fault } from '../../schemas/fault.ts';
import { tell } from '../figures.ts';
import { mustBeSound } from '../sound-answer.ts';
import { EXECUTABLE, type Machine, netnsOf } from './machine.ts';
import { machineTest } from './machine-test.ts';
import { network } from './networks.ts';

const test = machineTest({ vfs: 1, pods: ['pod1'], store: 'size=8m' });

/** KiB. Node alone has 50 MB. */
const MAX_MEMORY = 600_000;
const MAX_MEMORY_OF_A_TRICKLE = 400_000;
/** A line for each of 1000 addresses. */
const MAX_STDERR = 400_000;

const many = <T>(count: number, entry: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => entry(index));
const addressAt = (index: number) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
const range = (index: number) => ({ subnet: `${addressAt(4 * index)}/30` });
const sets = (count: number) => many(count, (index) => [range(index)]);
const long = (length: number) => 'a'.repeat(length);
const nested = (depth: number) =>
  JSON.stringify(network({ x: '@' })).replace('"@"', '['.repeat(depth) + ']'.repeat(depth));
const ipam = (keys: object) => network({ ipam: keys });
const SUBNET = { subnet: '10.0.0.0/8' };

type Case = readonly [title: string, fault: Fault | 'attached', netconf: object | string];

const CASES: readonly Case[] = [
  ['a name of 10 MB', 'decode', network({ name: long(1e7) })],
  ['a name of 3 MB', 'netconf', network({ name: long(3e6) })],
  [
    '3 MB in every setting',
    'netconf',
    network({ vlan: long(1e6), mac: long(1e6), ipam: { subnet: long(1e6) } }),
  ],
  ['3 MB of blanks around it', 'attached', JSON.stringify(network()) + ' '.repeat(3e6)],
  ['a key of 3 MB', 'attached', network({ [long(3e6)]: 1 })],
  [
    '200 000 unknown keys',
    'attached',
    network(Object.fromEntries(many(200_000, (index) => [`key${index}`, 1]))),
  ],
  ['100 000 levels', 'decode', nested(100_000)],
  ['1 900 000 levels', 'decode', nested(1_900_000)],
  ['2 000 000 levels that do not end', 'decode', '{"x":['.repeat(600_000)],
  ['1000 range sets', 'attached', ipam({ ranges: sets(1000) })],
  ['100 000 range sets', 'netconf', ipam({ ranges: sets(100_000) })],
  ['100 000 ranges', 'netconf', ipam({ ranges: [many(100_000, range)] })],
  [
    '100 000 ranges of the runtime',
    'netconf',
    network({ ipam: {}, runtimeConfig: { ipRanges: sets(100_000) } }),
  ],
  ['150 000 exclusions', 'netconf', ipam({ ...SUBNET, exclude: many(150_000, addressAt) })],
  [
    '90 000 routes',
    'netconf',
    ipam({ ...SUBNET, routes: many(90_000, (index) => ({ dst: `${addressAt(index)}/32` })) }),
  ],
  [
    '150 000 addresses',
    'netconf',
    network({ ipam: SUBNET, runtimeConfig: { ips: many(150_000, addressAt) } }),
  ],
  ['the whole of IPv6', 'attached', ipam({ ranges: [[{ subnet: '::/0' }]] })],
  ['the whole of IPv4', 'attached', ipam({ ranges: [[{ subnet: '0.0.0.0/0' }]] })],
  [
    '60 000 addresses of plugins before',
    'attached',
    network({ prevResult: { ips: many(60_000, (index) => ({ address: `${addressAt(index)}/8` })) } }),
  ],
  [
    '1 500 000 name servers that are none',
    'netconf',
    network({ dns: { nameservers: many(1_500_000, () => 1) } }),
  ],
  [
    '300 000 addresses of plugins before that are none',
    'netconf',
    network({ prevResult: { ips: many(300_000, () => 1) } }),
  ],
  [
    '80 000 addresses that are none',
    'netconf',
    network({ prevResult: { ips: many(80_000, () => ({ address: 'x' })) } }),
  ],
];

/** Runs a program, and tells its greatest resident size in KiB: getrusage(RUSAGE_CHILDREN) of x86-64. */
const MEASURE = `
  my $status = system(@ARGV) >> 8;
  my $usage = "\\0" x 144;
  syscall(98, -1, $usage);
  print STDERR "peak ", unpack("x32 q", $usage), "\\n";
  exit $status;`;

/** Passes standard input on byte by byte, each when the one before was read (FIONREAD): no read gets more than one. */
const TRICKLE = `
  $/ = undefined;
  for my $byte (split //, <STDIN>) {
    syswrite STDOUT, $byte;
    for (my $unread = pack "i", 1; unpack "i", $unread; select undef, undef, undef, 0) { ioctl STDOUT, 0x541B, $unread }
  }`;

/** `via` starts the plugin: its path comes behind it. */
async function send(
  machine: Machine,
  command: string,
  { netconf, via = [] }: { readonly netconf: object | string; readonly via?: readonly string[] },
) {
  const input = typeof netconf === 'string' ? netconf : JSON.stringify(netconf);
  const env = { CNI_COMMAND: command, CNI_CONTAINERID: 'c1', CNI_IFNAME: 'net1', CNI_NETNS: netnsOf('pod1') };
  const started = performance.now();
  const { code, stdout, stderr } = await machine.run(['perl', '-e', MEASURE, ...via, EXECUTABLE], {
    input,
    env,
  });
  const seconds = (performance.now() - started) / 1000;
  mustBeSound({ code, stdout });
  expect(stderr.length).toBeLessThan(MAX_STDERR);
  const memory = Number(/^peak (\d+)$/m.exec(stderr)?.[1]);
  expect(memory).toBeLessThan(MAX_MEMORY);
  return { code, stdout, seconds, memory };
}

test('megabytes are refused, or done, soon and in a bounded memory; DEL and GC go through after any', async ({
  machine,
}) => {
  const before = await machine.snapshot();
  const most = { seconds: 0, memory: 0 };
  for (const [title, expected, netconf] of CASES) {
    const { code, stdout, seconds, memory } = await send(machine, 'ADD', { netconf });
    const fault = code === 0 ? 0 : JSON.parse(stdout).code;
    expect([title, fault]).toEqual([title, expected === 'attached' ? 0 : FAULTS[expected].code]);
    if (code === 0) expect([title, (await send(machine, 'DEL', { netconf })).code]).toEqual([title, 0]);
    most.seconds = Math.max(most.seconds, seconds);
    most.memory = Math.max(most.memory, memory);
  }
  expect(await machine.snapshot()).toEqual(before);
  tell('megabytes of standard input', {
    requests: CASES.length,
    'slowest, s': most.seconds.toFixed(1),
    'largest, MB': Math.round(most.memory / 1024),
  });
}, 300_000);

test('GC is told of 30 000 attachments that live', async ({ machine }) => {
  const living = many(30_000, (index) => ({ containerID: String(index).padStart(64, '0'), ifname: 'net1' }));
  const netconf = network({ ipam: SUBNET, 'cni.dev/valid-attachments': living });
  expect((await send(machine, 'GC', { netconf })).code).toBe(0);
});

test('what comes byte by byte takes no more memory than what comes at once', { timeout: 300_000 }, async ({
  machine,
}) => {
  const netconf = JSON.stringify(network()).padEnd(100_000);
  const via = ['bash', '-c', 'perl -e "$0" | "$1"', TRICKLE];
  const { code, memory } = await send(machine, 'ADD', { netconf, via });
  expect(code).toBe(0);
  expect(memory).toBeLessThan(MAX_MEMORY_OF_A_TRICKLE);
  expect((await send(machine, 'DEL', { netconf })).code).toBe(0);
  tell('100 000 bytes, one by one', { 'largest, MB': Math.round(memory / 1024) });
});
