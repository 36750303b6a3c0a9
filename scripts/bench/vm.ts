/** The same commands on real VFs: in the lab's VM, whose processor is software, so that starting an engine weighs more. */
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bootLab, type Lab } from '../../test/vm/lab.ts';
import { type Call, spread } from './calls.ts';
import { type Contestant, goPlugins, IPAM, ours } from './contestants.ts';
import type { Figures } from './figures.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** Below the repository, which is all that the VM sees. */
const SHARED = here('../../dist/bench');
const IN_VM = '/opt/bench';
const VFS = 14;
const TIMEOUT_MS = 600_000;

const ipam = IPAM['IPv4 with one route'];

/** `peers`: version and folder of each. */
export async function measureInVm(
  peers: readonly (readonly [string, string])[],
  pace: string,
): Promise<Figures['vm']> {
  mkdirSync(SHARED, { recursive: true });
  for (const [version, folder] of peers) cpSync(folder, `${SHARED}/${version}`, { recursive: true });
  cpSync(process.execPath, `${SHARED}/node`);
  cpSync(here('../../dist/sriov'), `${SHARED}/sriov`);
  const lab = await bootLab({ name: 'bench', udev: true });
  try {
    const contestants = [
      inVm(ours),
      ...peers.map(([version]) => onVf(goPlugins(version, `${IN_VM}/${version}`))),
    ];
    await run(lab, setUp());
    return {
      commands: await commands(lab, contestants, pace === 'whole' ? 8 : 1),
      atOnce: await atOnce(lab, contestants),
    };
  } finally {
    await lab.down();
    rmSync(SHARED, { recursive: true });
  }
}

async function run(lab: Lab, script: string): Promise<string> {
  const { code, stdout, stderr } = await lab.run(script, { timeoutMs: TIMEOUT_MS });
  if (code !== 0) throw new Error(`The VM's bash ended with ${code}:\n${stdout}\n${stderr}`);
  return stdout;
}

function setUp(): string {
  return `set -e
mkdir -p /run/netns /run/calls ${IN_VM}
cp -r ${SHARED}/. ${IN_VM}/
: >${IN_VM}/empty.cjs
bash ${here('../lab/guest/make-vfs.sh')} ${VFS / 2}
for n in $(seq 0 ${VFS - 1}); do ip netns add pod$n; done`;
}

const deviceOf = (n: number) =>
  `0000:0${1 + Math.floor(n / 7)}:1${Math.floor((n % 7) / 4)}.${((n % 7) % 4) * 2}`;

const inVm = (contestant: Contestant): Contestant => ({
  ...contestant,
  call(command, of, n = 0) {
    const call = contestant.call(command, of, n);
    return { ...call, program: `${IN_VM}/sriov`, netconf: { ...call.netconf, deviceID: deviceOf(n) } };
  },
});

/** host-device finds a VF by its PCI address, as ours does. */
const onVf = (contestant: Contestant): Contestant => ({
  ...contestant,
  call(command, of, n = 0) {
    const call = contestant.call(command, of, n);
    return { ...call, netconf: { ...call.netconf, device: undefined, pciBusID: deviceOf(n) } };
  },
});

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** A function of bash. Its input is a file, so that nothing but the program is started. */
function functionOf(
  name: string,
  { program, command, containerId, pod, path = '/none', netconf }: Call,
): string {
  const input = `/run/calls/${name}`;
  return `printf %s ${quoted(JSON.stringify(netconf))} >${input}
${name}() { env -i CNI_COMMAND=${command} CNI_CONTAINERID=${containerId} CNI_NETNS=/run/netns/${pod} CNI_IFNAME=net1 CNI_PATH=${path} ${program} <${input} >/run/calls/${name}.out || { cat /run/calls/${name}.out >&2; exit 1; }; }`;
}

/** Prints the name and the microseconds of each, in turn. */
const TIMED = `timed() { local began=\${EPOCHREALTIME/./}; "$1"; echo "$1 $((\${EPOCHREALTIME/./} - began))"; }`;

async function commands(lab: Lab, contestants: readonly Contestant[], rounds: number) {
  const actions = new Map<string, string>();
  const functions = [`f0() { env -i ${IN_VM}/node ${IN_VM}/empty.cjs; }`, TIMED];
  actions.set('f0', 'empty Node script');
  const add = (title: string, call: Call) => {
    const name = `f${actions.size}`;
    functions.push(functionOf(name, call));
    actions.set(name, title);
  };
  add('VERSION', inVm(ours).call('VERSION', ipam));
  for (const contestant of contestants)
    for (const command of ['ADD', 'DEL'])
      add(`${command}, ${contestant.name}`, contestant.call(command, ipam));
  const names = [...actions.keys()].join(' ');
  const loop = (count: number) =>
    `for round in $(seq ${count}); do for f in ${names}; do timed $f; done; done`;
  const out = await run(lab, `${functions.join('\n')}\n(${loop(1)}) >/dev/null || exit 1\n${loop(rounds)}`);
  const times = new Map<string, number[]>();
  for (const line of out.trim().split('\n')) {
    const [name = '', microseconds] = line.split(' ');
    const title = actions.get(name) ?? name;
    times.set(title, [...(times.get(title) ?? []), Number(microseconds) / 1000]);
  }
  return Object.fromEntries([...times].map(([title, all]) => [title, spread(all)]));
}

/** Milliseconds until all VFs are attached. */
async function atOnce(lab: Lab, contestants: readonly Contestant[]) {
  const figures: Record<string, number> = {};
  for (const contestant of contestants) {
    const all = Array.from({ length: VFS }, (_, n) => n);
    const functionsOf = (command: string) =>
      all.map((n) => functionOf(`${command}${n}`, contestant.call(command, ipam, n)));
    const each = (command: string) =>
      `${command}() { local jobs=() job; for n in ${all.join(' ')}; do ${command}$n & jobs+=($!); done; for job in "\${jobs[@]}"; do wait $job || exit 1; done; }`;
    const script = [
      TIMED,
      ...['ADD', 'DEL'].flatMap((command) => [...functionsOf(command), each(command)]),
      'timed ADD; timed DEL',
    ];
    const out = await run(lab, script.join('\n'));
    figures[contestant.name] = Number(/^ADD (\d+)$/m.exec(out)?.[1]) / 1000;
  }
  return figures;
}
