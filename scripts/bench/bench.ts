/**
 * npm run bench: how long the shipped executable takes, start to end, and what it needs, beside the plugins that people
 * would take instead. All in one machine of namespaces (veth as VF), in a clean environment, and then in the lab's VM. Writes bench.json,
 * docs/performance.md and its plots. Root. `npm run bench -- quick` tries everything, and writes nothing.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { LITTLE } from './contestants.ts';
import type { Figures } from './figures.ts';
import { pageOf, plotsOf } from './report.ts';
import { measureInVm } from './vm.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const MARKS = { begin: '<!-- figures: npm run bench -->', end: '<!-- end of figures -->' };
const VFS = 8;

function output(program: string, args: readonly string[]): string {
  const { status, stdout } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed`);
  return stdout;
}

/** Sets a machine up, and measures inside. */
async function measure(peers: string, pace: string): Promise<Omit<Figures, 'machine' | 'vm'>> {
  const pods = Array.from({ length: VFS }, (_, n) => `pod${n}`).join(' ');
  const entering = ['--net', '--mount', '--propagation', 'private', 'bash', here('../sandbox/set-up.sh')];
  const holder = spawn('unshare', [...entering, String(VFS), pods, 'size=64m'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    await new Promise((resolve, reject) => {
      holder.stdout.once('data', resolve);
      holder.once('exit', () => reject(new Error('Cannot set up the machine')));
    });
    const inside = [process.execPath, here('inside.ts'), peers, pace];
    return JSON.parse(output('nsenter', ['-t', String(holder.pid), '-n', '-m', ...inside]));
  } finally {
    holder.stdin.end();
  }
}

function write(figures: Figures): void {
  const page = here('../../docs/performance.md');
  const [before, rest = ''] = readFileSync(page, 'utf8').split(MARKS.begin);
  const after = rest.split(MARKS.end)[1] ?? '';
  writeFileSync(page, `${before}${MARKS.begin}\n${pageOf(figures)}\n${MARKS.end}${after}`);
  for (const [name, plot] of Object.entries(plotsOf(figures)))
    writeFileSync(here(`../../docs/${name}`), plot);
  writeFileSync(here('../../bench.json'), `${JSON.stringify(figures, null, 2)}\n`);
}

const pace = process.argv.includes('quick') ? 'quick' : 'whole';
output(process.execPath, [here('build-little.mjs'), LITTLE]);
const peers = output('bash', [here('peers.sh')]);
const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Linux ${release().split('-')[0]}, Node ${process.version}`;
const figures = {
  machine,
  ...(await measure(peers, pace)),
  vm: await measureInVm(
    peers
      .trim()
      .split('\n')
      .map((line) => line.split(' ') as [string, string]),
    pace,
  ),
};
if (pace === 'whole') write(figures);
process.stdout.write(`${pageOf(figures)}\n`);
