/** Calls of plugins as a runtime makes them, and how long they take. */
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Spread } from './figures.ts';

export const EXECUTABLE = fileURLToPath(new URL('../../dist/sriov', import.meta.url));

export type Call = {
  readonly program: string;
  readonly command: string;
  readonly netconf: object;
  readonly containerId?: string;
  readonly pod?: string;
  /** Where the plugin finds that of `ipam.type`. */
  readonly path?: string;
  readonly trace?: string;
};

function environmentOf({ command, containerId = 'bench', pod = 'pod0', path = '/none', trace }: Call) {
  return {
    CNI_COMMAND: command,
    CNI_CONTAINERID: containerId,
    CNI_NETNS: `/run/netns/${pod}`,
    CNI_IFNAME: 'net1',
    CNI_PATH: path,
    ...(trace && { SRIOV_TRACE: trace }),
  };
}

export type Ended = { readonly ms: number; readonly code: number | null; readonly stdout: string };

const msSince = (started: bigint) => Number(process.hrtime.bigint() - started) / 1e6;

/** `via` are words that come before those of the program. */
export function call(of: Call, via: readonly string[] = []): Ended {
  const [program = '', ...args] = [...via, of.program];
  const input = JSON.stringify(of.netconf);
  const started = process.hrtime.bigint();
  const { status, stdout } = spawnSync(program, args, { env: environmentOf(of), input, encoding: 'utf8' });
  return { ms: msSince(started), code: status, stdout };
}

export function mustSucceed(of: Call, ended: Ended): Ended {
  if (ended.code === 0) return ended;
  throw new Error(`${of.program} ${of.command}: ${ended.code} ${ended.stdout}`);
}

/** All at once: the time until the last has ended, and how many succeeded. */
export async function callAll(
  calls: readonly Call[],
  via: readonly string[] = [],
): Promise<{ ms: number; succeeded: number }> {
  const started = process.hrtime.bigint();
  const codes = await Promise.all(
    calls.map(
      (of) =>
        new Promise<number | null>((resolve) => {
          const [program = '', ...args] = [...via, of.program];
          const child = spawn(program, args, {
            env: environmentOf(of),
            stdio: ['pipe', 'ignore', 'ignore'],
          });
          child.stdin.on('error', () => {});
          child.stdin.end(JSON.stringify(of.netconf));
          child.on('exit', resolve);
        }),
    ),
  );
  return { ms: msSince(started), succeeded: codes.filter((code) => code === 0).length };
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}

export const median = (values: readonly number[]) => quantile(values, 0.5);

export const spread = (times: readonly number[]): Spread => ({
  medianMs: median(times),
  p90Ms: quantile(times, 0.9),
});

/** Each in turn, so that what disturbs one disturbs all; the times of the rounds after those of warm-up. */
export function inTurn(
  actions: Readonly<Record<string, () => number>>,
  { rounds, warmUp }: { readonly rounds: number; readonly warmUp: number },
): Readonly<Record<string, number[]>> {
  const times: Record<string, number[]> = Object.fromEntries(Object.keys(actions).map((name) => [name, []]));
  for (let round = -warmUp; round < rounds; round++) {
    for (const [name, action] of Object.entries(actions)) {
      const ms = action();
      if (round >= 0) times[name]?.push(ms);
    }
  }
  return times;
}
