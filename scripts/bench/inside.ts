/** All measurements, in the machine of the bench: `node inside.ts PEERS`, where PEERS is what peers.sh printed. Prints JSON. */
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type Call, call, callAll, EXECUTABLE, inTurn, median, mustSucceed, spread } from './calls.ts';
import { createCgroup } from './cgroup.ts';
import { type Contestant, dataDirOf, goPlugins, IPAM, little, ours } from './contestants.ts';
import type { Figures, Spread } from './figures.ts';

const [, , peerLines = '', pace = 'whole'] = process.argv;
const [peer, floor] = peerLines
  .trim()
  .split('\n')
  .map((line) => goPlugins(...(line.split(' ') as [string, string])));
if (!peer || !floor) throw new Error('The Go plugins are missing: see peers.sh');
const ALL = [ours, little, peer, floor];
const rounds = (whole: number) => (pace === 'whole' ? whole : Math.ceil(whole / 20));

const say = (what: string) => process.stderr.write(`bench: ${what}\n`);
const timed = (of: Call) => mustSucceed(of, call(of)).ms;
const spreads = (times: Readonly<Record<string, number[]>>) =>
  Object.fromEntries(Object.entries(times).map(([name, all]) => [name, spread(all)]));

function commands() {
  say('ADD and DEL');
  const empty = '/run/empty.cjs';
  writeFileSync(empty, '');
  const ipam = IPAM['IPv4 with one route'];
  const node: Call = { program: process.execPath, command: '', netconf: {} };
  const actions: Record<string, () => number> = {
    'empty Node script': () => mustSucceed(node, call({ ...node, program: empty }, [process.execPath])).ms,
    VERSION: () => timed(ours.call('VERSION', ipam)),
    [`VERSION, ${little.name}`]: () => timed(little.call('VERSION', ipam)),
  };
  for (const contestant of ALL)
    for (const command of ['ADD', 'DEL'])
      actions[`${command}, ${contestant.name}`] = () => timed(contestant.call(command, ipam));
  return spreads(inTurn(actions, { rounds: rounds(100), warmUp: 5 }));
}

/** Addresses of which Go plugins wait until they are no duplicates. */
function slowFamilies() {
  say('IPv6 and dual stack');
  const actions: Record<string, () => number> = {};
  for (const family of ['IPv6', 'dual stack'] as const) {
    for (const contestant of [ours, peer as Contestant]) {
      actions[`ADD ${family}, ${contestant.name}`] = () => {
        const ms = timed(contestant.call('ADD', IPAM[family]));
        timed(contestant.call('DEL', IPAM[family]));
        return ms;
      };
    }
  }
  return spreads(inTurn(actions, { rounds: rounds(10), warmUp: 1 }));
}

const BIG = { subnet: '10.64.0.0/16' };

function fill(contestant: Contestant, count: number): void {
  const folder = `${dataDirOf(contestant)}/store`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const addressOf = (n: number) => `10.64.${n >> 8}.${n & 255}`;
  for (let n = 2; n < count + 2; n++) writeFileSync(`${folder}/${addressOf(n)}`, `held${n}\r\neth0`);
  writeFileSync(`${folder}/last_reserved_ip.0`, addressOf(count + 1));
  writeFileSync(`${folder}/lock`, '');
}

/** Of 65 536 addresses, those of the network, of the gateway and of all cannot be held. */
const FULL = 65_533;
const SIZES = [0, 16_000, 60_000, FULL];

function stores() {
  const figures: Record<string, Record<number, Record<string, Spread>>> = {};
  for (const contestant of [ours, peer as Contestant]) {
    figures[contestant.name] = {};
    for (const held of SIZES) {
      say(`the store of ${contestant.name} with ${held} held`);
      fill(contestant, held);
      const end = () => timed(contestant.store('DEL', BIG, 'bench'));
      // What was remembered of the store is not believed any more.
      const afterAnother = () => {
        const file = `${dataDirOf(contestant)}/store/10.64.255.254`;
        writeFileSync(file, 'another\r\neth0');
        rmSync(file);
        const ms = timed(contestant.store('ADD', BIG, 'bench'));
        end();
        return ms;
      };
      const refused = () => call(contestant.store('ADD', BIG, 'bench')).ms;
      const actions: Record<string, () => number> =
        held === FULL
          ? { refusal: refused }
          : {
              ADD: () => timed(contestant.store('ADD', BIG, 'bench')),
              DEL: end,
              ...(contestant === ours && held > 0 && { 'ADD after another program': afterAnother }),
            };
      const count = contestant === ours || held === 0 ? 40 : 6;
      (figures[contestant.name] ?? {})[held] = spreads(inTurn(actions, { rounds: rounds(count), warmUp: 1 }));
    }
  }
  return figures;
}

const AT_ONCE = 110;

/** Milliseconds until the last of so many has ended, each time after `prepare`. */
async function untilAllEnded(
  times: number,
  callOf: (n: number) => Call,
  prepare = () => {},
): Promise<number> {
  const runs: number[] = [];
  for (let run = 0; run < rounds(times); run++) {
    prepare();
    const calls = Array.from({ length: AT_ONCE }, (_, n) => callOf(n));
    const { ms, succeeded } = await callAll(calls);
    if (succeeded < AT_ONCE)
      throw new Error(`${calls[0]?.program}: ${succeeded} of ${AT_ONCE} succeeded at once`);
    runs.push(ms);
  }
  return median(runs);
}

async function parallel() {
  const figures: Record<string, Record<number, number>> = {};
  for (const contestant of [ours, peer as Contestant]) {
    figures[contestant.name] = {};
    for (const held of [0, 16_000]) {
      say(`${AT_ONCE} ADDs at once of ${contestant.name} with ${held} held`);
      (figures[contestant.name] ?? {})[held] = await untilAllEnded(
        contestant === ours || held === 0 ? 3 : 1,
        (n) => contestant.store('ADD', BIG, `bench${n}`),
        () => fill(contestant, held),
      );
    }
  }
  return figures;
}

const MEBIBYTE = 2 ** 20;
const MULTUS = { bytes: 50 * MEBIBYTE, cpus: 0.1 };
const MOST_AT_ONCE = 8;

async function resources() {
  const cgroup = createCgroup();
  const ipam = IPAM['IPv4 with one route'];
  const figures: Figures['resources'] = {};
  try {
    for (const contestant of [ours, little, peer as Contestant]) {
      say(`what ${contestant.name} needs`);
      const one = (command: string) => {
        const add = contestant.call(command, ipam);
        return mustSucceed(add, call(add, cgroup.via));
      };
      const samples = Array.from({ length: rounds(20) }, () => {
        const before = cgroup.cpuUsedMs();
        cgroup.forgetPeak();
        one('ADD');
        const sample = { cpuMs: cgroup.cpuUsedMs() - before, bytes: cgroup.memoryPeak() };
        timed(contestant.call('DEL', ipam));
        return sample;
      });
      const all = (command: string, count = MOST_AT_ONCE) =>
        Array.from({ length: count }, (_, n) => contestant.call(command, ipam, n));
      cgroup.forgetPeak();
      await callAll(all('ADD'), cgroup.via);
      const bytesOfAll = cgroup.memoryPeak();
      await callAll(all('DEL'));
      const survivors: number[] = [];
      cgroup.limitMemory(MULTUS.bytes);
      for (let count = 1; count <= MOST_AT_ONCE; count++) {
        survivors.push((await callAll(all('ADD', count), cgroup.via)).succeeded);
        await callAll(all('DEL'));
      }
      cgroup.limitMemory(undefined);
      cgroup.limitCpu(MULTUS.cpus);
      const throttled = Array.from({ length: rounds(7) }, () => {
        const { ms } = one('ADD');
        timed(contestant.call('DEL', ipam));
        return ms;
      });
      cgroup.limitCpu(1);
      figures[contestant.name] = {
        cpuMs: median(samples.map(({ cpuMs }) => cpuMs)),
        mebibytes: median(samples.map(({ bytes }) => bytes)) / MEBIBYTE,
        mebibytesOfAll: bytesOfAll / MEBIBYTE,
        survivors,
        throttledMs: median(throttled),
      };
    }
  } finally {
    cgroup.remove();
  }
  return figures;
}

/** Medians of where the time goes, by the plugin's own trace. */
function budget(): Figures['budget'] {
  say('where the time goes');
  const file = '/run/trace.json';
  const ipam = IPAM['IPv4 with one route'];
  const figures: Figures['budget'] = {};
  const seen: Record<string, { name: string; from: number; ms: number }[][]> = { ADD: [], DEL: [] };
  for (let round = 0; round < rounds(20); round++) {
    for (const command of ['ADD', 'DEL']) {
      timed({ ...ours.call(command, ipam), trace: file });
      const { traceEvents } = JSON.parse(readFileSync(file, 'utf8'));
      const events = traceEvents.filter(({ ph }: { ph: string }) => ph === 'X');
      seen[command]?.push(
        events.map((event: { name: string; ts: number; dur: number; args: { lines?: string[] } }) => ({
          name: [event.name, event.args.lines?.find((line) => line !== '')].filter(Boolean).join(': '),
          from: event.ts / 1000,
          ms: event.dur / 1000,
        })),
      );
    }
  }
  for (const [command, all] of Object.entries(seen)) {
    const [first = []] = all;
    const same = all.filter((events) => events.length === first.length);
    figures[command] = first.map(({ name }, index) => ({
      name: name.replace(/\/[0-9a-f]{2}:.*$/, '...'),
      fromMs: median(same.map((events) => events[index]?.from ?? 0)),
      ms: median(same.map((events) => events[index]?.ms ?? 0)),
    }));
  }
  return figures;
}

mkdirSync('/run/ours', { recursive: true });
symlinkSync(EXECUTABLE, '/run/ours/host-local');
const figures: Omit<Figures, 'machine' | 'vm'> = {
  commands: commands(),
  families: slowFamilies(),
  budget: budget(),
  resources: await resources(),
  stores: stores(),
  parallel: await parallel(),
  startsMs: await untilAllEnded(3, () => little.call('VERSION', {})),
};
process.stdout.write(JSON.stringify(figures));
