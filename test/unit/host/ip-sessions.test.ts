/** Processes of ip that are kept. */
import { describe, expect, test } from 'vitest';
import { createSessions } from '../../../src/host/ip-sessions.ts';
import type { Words } from '../../../src/host/ip-words.ts';
import { createIp } from '../../../src/host/run-ip.ts';
import { atHome, HOME, ipOver, LOCK, SANDBOX, SHOW, UP } from './an-ip.ts';
import { programs } from './recorded.ts';

test('a process is kept for the next lines, until it is ended or what it is to inherit changes', async () => {
  const { run, converse } = programs();
  const events: string[] = [];
  const sessions = createSessions((child) => {
    const conversation = converse(child);
    const fds = child.descriptors?.map((fd) => fd ?? '-').join(' ');
    events.push(`start ${fds}`);
    return { ...conversation, leave: () => void events.push(`end ${fds}`) };
  });
  let locks = [LOCK];
  const { run: ip, prepare } = createIp({
    run,
    sessions,
    inherited: () => ({ locks, home: HOME }),
    numberOfLink: () => 7,
  });
  prepare({ place: 'home' });
  await ip(atHome(UP));
  await ip(atHome(UP));
  await ip({ ...atHome(UP), place: 'sandbox', sandbox: SANDBOX });
  locks = [LOCK, 29];
  await ip(atHome(UP));
  await ip({ ...atHome(UP), place: 'sandbox', sandbox: { ...SANDBOX, inode: 7 } });
  sessions.endHolders(99);
  sessions.endHolders(LOCK);
  locks = [LOCK];
  await ip(atHome(UP));
  expect(events).toEqual([
    'start 21 - 22',
    'start 21 23 22',
    'end 21 - 22',
    'start 21 - 22 29',
    'end 21 23 22',
    'start 21 23 22 29',
    'end 21 - 22 29',
    'end 21 23 22 29',
    'start 21 - 22',
  ]);
});

describe('a process that knows a link by its number', () => {
  const shown = (index: number, name: string) => ({ stdout: `[{"ifindex":${index},"ifname":"${name}"}]\n` });
  const SET: Words = ['link', 'set', 'dev', 'vf0', 'up'];

  test.each([
    ['is asked and told again', [7, 7, 7], shown(7, 'vf0'), [SHOW, SET, SHOW], 1],
    ['is left when another link has the name', [7, 8], shown(7, 'vf0'), [SHOW, SET], 2],
    ['is left when no link has the name', [7, undefined], shown(7, 'vf0'), [SHOW, SET], 2],
    ['that has another name is left', [7, 7], shown(7, 'vf9'), [SHOW, SET], 2],
    ['that was another when it was shown is left', [7, 7], shown(9, 'vf0'), [SHOW, SET], 2],
    ['that it was told of without being asked is told of again', [7, 7], shown(1, 'lo'), [SET, SET], 1],
    ['that it was told of is left when another has the name', [7, 8], shown(1, 'lo'), [SET, SHOW], 2],
    ['may be asked of another', [7, 3], shown(7, 'vf0'), [SHOW, UP], 1],
    [
      'of a device above it is asked again',
      [7, 7],
      { stdout: '[{"ifindex":7,"link":"pf0","ifname":"vf0"}]\n' },
      [SHOW, SHOW],
      1,
    ],
  ] as const)('%s', async (_title, numbers, answer, calls, processes) => {
    const left = [...numbers];
    const answers = () => answer;
    const { ip, kept } = ipOver(answers, () => left.shift());
    for (const words of calls) await ip(atHome(words));
    expect(kept).toHaveLength(processes);
  });
});

test.each([
  ['has another by now', { stdout: '[{}]\n' }],
  [
    'is gone by now',
    {
      exitCode: 1,
      stderr: 'RTNETLINK answers: No such device\nCannot send link get request: No such device\n',
    },
  ],
])('a process that remembers the name of a link that %s is asked no more', async (_title, stale) => {
  let asked = 0;
  const { ip, started } = ipOver(() => (asked++ === 0 ? stale : { stdout: '[{"ifname":"vf0"}]\n' }));
  expect(await ip(atHome(['link', 'show', 'dev', 'vf0']))).toEqual({
    stdout: '[{"ifname":"vf0"}]\n',
    refusals: [],
  });
  expect(started).toHaveLength(2);
});

test('what could not be told for lack of time does not count as told', async () => {
  const { run, converse } = programs(({ input }) =>
    input?.includes('vf0') ? { exitCode: 1, stderr: 'no\nCommand failed -:1\n' } : {},
  );
  let isTime = false;
  const sessions = createSessions((child) => {
    const conversation = converse(child);
    const ask: typeof conversation.ask = (question) =>
      isTime ? conversation.ask(question) : Promise.reject(new Error('no time'));
    return { ...conversation, ask };
  });
  const inherited = () => ({ locks: [LOCK], home: HOME });
  const { run: ip } = createIp({ run, sessions, inherited, numberOfLink: () => undefined });
  await expect(ip(atHome(UP, UP, UP))).rejects.toThrow('no time');
  isTime = true;
  expect((await ip(atHome(['link', 'set', 'dev', 'vf0', 'up']))).refusals).toEqual([
    { line: 0, reason: 'no' },
  ]);
});

test('a process that was asked before counts its lines from its start', async () => {
  const { ip } = ipOver(({ input }) =>
    input?.includes('vf0') ? { exitCode: 1, stderr: 'no\nCommand failed -:4\n' } : {},
  );
  const inSandbox = { place: 'sandbox', sandbox: SANDBOX } as const;
  await ip({ ...atHome(UP), ...inSandbox });
  expect((await ip({ ...atHome(UP, ['link', 'set', 'dev', 'vf0', 'up']), ...inSandbox })).refusals).toEqual([
    { line: 1, reason: 'no' },
  ]);
});
