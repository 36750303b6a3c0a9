/** `sriov install` and its ways back, killed at every call by which they change a directory: the plugin's name is always a whole executable. */
import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { someOf, tell } from '../figures.ts';
import { BIN, expectWhole, install, namesIn, plantAnother, plantOlder, tool } from './installing.ts';
import { EXECUTABLE, type Machine } from './machine.ts';
import { machineTest } from './machine-test.ts';

const test = machineTest({ vfs: 0, pods: [] });

const TRACE = '/run/trace';
const CALLS = ['pwrite64', 'fsync', 'link', 'symlink', 'rename', 'unlink'];
const OF_COPY = ['pwrite64', 'fsync'];

type Point = { readonly name: string; readonly nth: number };

/** With one thread for files, since strace counts the calls of each thread. */
const traced = (machine: Machine, words: readonly string[], options: readonly string[]) =>
  machine.run(
    [
      ...['/usr/bin/strace', '-f', '-o', TRACE, '-e', `trace=${CALLS}`, ...options],
      ...['--', EXECUTABLE, ...words],
    ],
    { env: { UV_THREADPOOL_SIZE: '1' } },
  );

/** How often the thread calls each that calls it most often: what another calls as its n-th comes later. */
async function countsOf(machine: Machine, words: readonly string[]): Promise<ReadonlyMap<string, number>> {
  expect((await traced(machine, words, [])).code).toBe(0);
  const byThread = new Map<string, number>();
  const most = new Map<string, number>();
  const trace = await readFile(machine.path(TRACE), 'utf8');
  for (const [, thread = '', name = ''] of trace.matchAll(/^(\d+) +(\w+)\(/gm)) {
    const count = (byThread.get(`${thread} ${name}`) ?? 0) + 1;
    byThread.set(`${thread} ${name}`, count);
    most.set(name, Math.max(count, most.get(name) ?? 0));
  }
  return most;
}

/** All calls of the run; of those that copy the first, one in the middle and the last two. */
async function pointsOf(machine: Machine, words: readonly string[]): Promise<readonly Point[]> {
  return [...(await countsOf(machine, words))].flatMap(([name, count]) => {
    const all = Array.from({ length: count }, (_, index) => index + 1);
    const chosen = OF_COPY.includes(name) ? [1, Math.ceil(count / 2), count - 1, count] : all;
    return [...new Set(chosen)].filter((nth) => nth > 0).map((nth) => ({ name, nth }));
  });
}

type Case = {
  readonly what: string;
  readonly words: readonly string[];
  readonly before: (machine: Machine) => Promise<unknown>;
  /** What the plugin's name may stand for after the death. */
  readonly mayBe: readonly string[];
  readonly after: readonly string[];
};

const CASES: readonly Case[] = [
  {
    what: 'install over another program',
    words: ['install', '--to', BIN, '--host-local'],
    before: (machine) => plantAnother(machine),
    mayBe: ['sriov: another', 'sriov: new'],
    after: ['host-local: link to sriov', 'sriov: new'],
  },
  {
    what: 'install over an older version',
    words: ['install', '--to', BIN],
    before: plantOlder,
    mayBe: ['sriov: older', 'sriov: new'],
    after: ['sriov: new'],
  },
  {
    what: 'roll-back',
    words: ['install', '--to', BIN, '--roll-back'],
    before: async (machine) => {
      await plantOlder(machine);
      await install(machine);
    },
    mayBe: ['sriov: older', 'sriov: new'],
    after: ['sriov: new'],
  },
  {
    what: 'uninstall',
    words: ['uninstall', '--to', BIN],
    before: async (machine) => {
      await plantAnother(machine);
      await install(machine);
    },
    mayBe: ['sriov: another', 'sriov: new'],
    after: ['sriov: new'],
  },
];

const isKept = (name: string) => name.startsWith('.sriov.previous:');
const isDraft = (name: string) => /^\.(sriov|host-local)\.new-[0-9a-f]{16}: /.test(name);

test.for(someOf('killed installs', CASES, { fast: 2 }))(
  '$what',
  { timeout: 600_000 },
  async (one, { machine }) => {
    const { what: title, words, before, mayBe, after } = one;
    const anew = async () => {
      await machine.sh(`rm -rf ${BIN}`);
      await before(machine);
    };
    await anew();
    const points = await pointsOf(machine, words);
    expect(points.length).toBeGreaterThan(2);
    const chosen = someOf(`killed: ${title}`, points, { fast: Math.min(2, points.length) });
    for (const { name, nth } of chosen) {
      const what = `killed at ${name} ${nth}`;
      await anew();
      const { code } = await traced(machine, words, ['-e', `inject=${name}:signal=KILL:when=${nth}`]);
      expect([what, code]).toEqual([what, undefined]);
      const left = await namesIn(machine);
      expect({ what, left: left.filter((one) => mayBe.includes(one)) }).toEqual({
        what,
        left: [expect.anything()],
      });
      await expectWhole(machine);
      expect(
        await install(machine, ...words.slice(3).filter((word) => word === '--host-local')),
      ).toMatchObject({ code: 0 });
      // As it is some time later.
      await machine.sh(`find ${BIN} -name '.*.new-*' -type f -exec touch -d '1 hour ago' {} +`);
      await install(machine);
      const rest = (await namesIn(machine)).filter((one) => !isKept(one) && !isLinkDraft(one));
      expect({ what, rest }).toEqual({ what, rest: after });
    }
    tell(`killed: ${title}`, { points: points.length, deaths: chosen.length });
  },
);

/** Its own time cannot be set back: a draft that is a second name, or a link, goes ten minutes later. */
const isLinkDraft = (name: string) => isDraft(name) && !name.endsWith(': part');

test('a draft that is not old is left to whom it belongs', async ({ machine }) => {
  const [old, young, others] = ['.sriov.new-', '.sriov.new-', '.other.new-'].map(
    (prefix, n) => `${prefix}${`${n}`.repeat(16)}`,
  );
  await machine.sh(`mkdir ${BIN}; cd ${BIN}; touch ${young}; touch -d '11 minutes ago' ${old} ${others}`);
  await install(machine);
  expect(await machine.sh(`ls -A ${BIN}`)).toBe(`${others}\n${young}\nsriov`);
  await tool(machine, 'uninstall', '--to', BIN);
  expect(await machine.sh(`ls -A ${BIN}`)).toBe(`${others}\n${young}`);
});
