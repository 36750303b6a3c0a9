/**
 * npm run bench: how long the shipped executable takes, start to end, beside an empty Node script. All commands run in
 * turn in one machine of namespaces (veth as VF), in a clean environment, after a warm-up; the figures are medians.
 * Writes bench.json and docs/performance.md. Root.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const EXECUTABLE = here('../../dist/sriov');
const SET_UP = here('../sandbox/set-up.sh');
const MARKS = { begin: '<!-- figures: npm run bench -->', end: '<!-- end of figures -->' };

const WARM_UP = 10;
const ROUNDS = 100;

const NETCONF = {
  type: 'sriov',
  cniVersion: '0.3.1',
  name: 'sriov-network',
  deviceID: '0000:01:10.0',
  logLevel: 'error',
  ipam: {
    type: 'host-local',
    subnet: '10.20.30.0/25',
    routes: [{ dst: '0.0.0.0/0' }],
    gateway: '10.20.30.1',
  },
};

type Figure = {
  readonly name: string;
  readonly medianMs: number;
  readonly p90Ms: number;
  readonly ratio: number;
};

/** Runs the program and returns the milliseconds from its start to its end. */
function timed(program: string, args: readonly string[], env: Record<string, string>): number {
  const started = process.hrtime.bigint();
  const { status, stdout, stderr } = spawnSync(program, args, { env, input: JSON.stringify(NETCONF) });
  const tookMs = Number(process.hrtime.bigint() - started) / 1e6;
  if (status !== 0) throw new Error(`${program} ${JSON.stringify(env)}: ${stdout}${stderr}`);
  return tookMs;
}

const cni = (command: string) => () =>
  timed(EXECUTABLE, [], {
    CNI_COMMAND: command,
    CNI_CONTAINERID: 'bench',
    CNI_NETNS: '/run/netns/pod1',
    CNI_IFNAME: 'net1',
    CNI_PATH: '/opt/cni/bin',
  });

const EMPTY = `${tmpdir()}/empty.cjs`;

const COMMANDS: Readonly<Record<string, () => number>> = {
  'empty Node script': () => timed(process.execPath, [EMPTY], {}),
  VERSION: cni('VERSION'),
  'ADD, IPv4 with one route': cni('ADD'),
  DEL: cni('DEL'),
};

function quantile(times: readonly number[], share: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}

/** In the machine: all commands in turn, so that what disturbs one disturbs all. */
function measure(): Figure[] {
  writeFileSync(EMPTY, '');
  const times = Object.keys(COMMANDS).map(() => [] as number[]);
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const [index, command] of Object.values(COMMANDS).entries()) {
      const tookMs = command();
      if (round >= 0) times[index]?.push(tookMs);
    }
  }
  const emptyMs = quantile(times[0] ?? [], 0.5);
  return Object.keys(COMMANDS).map((name, index) => {
    const own = times[index] ?? [];
    const medianMs = quantile(own, 0.5);
    return { name, medianMs, p90Ms: quantile(own, 0.9), ratio: medianMs / emptyMs };
  });
}

/** Sets the machine up, and runs this file once more inside. */
async function measureInMachine(): Promise<Figure[]> {
  const entering = ['--net', '--mount', '--propagation', 'private', 'bash', SET_UP, '1', 'pod1', 'size=8m'];
  const holder = spawn('unshare', entering, { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    await new Promise((resolve, reject) => {
      holder.stdout.once('data', resolve);
      holder.once('exit', () => reject(new Error('Cannot set up the machine')));
    });
    const inside = ['-t', String(holder.pid), '-n', '-m', process.execPath, here('bench.ts'), '--inside'];
    const { status, stdout, stderr } = spawnSync('nsenter', inside, { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout);
  } finally {
    holder.stdin.end();
  }
}

function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map(
    ({ name, medianMs, p90Ms, ratio }) =>
      `| ${name} | ${medianMs.toFixed(1)} | ${p90Ms.toFixed(1)} | ${ratio.toFixed(2)} |`,
  );
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Linux ${release().split('-')[0]}, Node ${process.version}`;
  return [
    `${ROUNDS} rounds after ${WARM_UP} of warm-up, on ${machine}:`,
    '',
    '| command, start to end | median, ms | 90th percentile, ms | ratio to the empty script |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function writePage(figures: readonly Figure[]): void {
  const page = here('../../docs/performance.md');
  const [before, rest = ''] = readFileSync(page, 'utf8').split(MARKS.begin);
  const after = rest.split(MARKS.end)[1] ?? '';
  writeFileSync(page, `${before}${MARKS.begin}\n${tableOf(figures)}\n${MARKS.end}${after}`);
}

if (process.argv.includes('--inside')) {
  process.stdout.write(JSON.stringify(measure()));
} else {
  const figures = await measureInMachine();
  writeFileSync(here('../../bench.json'), `${JSON.stringify(figures, null, 2)}\n`);
  writePage(figures);
  process.stdout.write(`${tableOf(figures)}\n`);
}
