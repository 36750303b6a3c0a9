/** Processes of ip that are kept. */
import { describe, expect, test } from 'vitest';
import { createSessions } from '../../../src/host/ip-sessions.ts';
import type { Words } from '../../../src/host/ip-words.ts';
import { createIp } from '../../../src/host/run-ip.ts';
import { atHome, HOME, ipOver, LOCK, SANDBOX, SHOW, UP } from './an-ip.ts';
import { programs } from './recorded.ts';

/** By no name. */
const ALL: Words = ['link', 'show'];

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
  await ip(atHome(ALL));
  await ip(atHome(ALL));
  await ip({ ...atHome(ALL), place: 'sandbox', sandbox: SANDBOX });
  locks = [LOCK, 29];
  await ip(atHome(ALL));
  await ip({ ...atHome(ALL), place: 'sandbox', sandbox: { ...SANDBOX, inode: 7 } });
  sessions.endHolders(99);
  sessions.endHolders(LOCK);
  locks = [LOCK];
  await ip(atHome(ALL));
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

describe('a process is asked and told again', () => {
  const shown = (index: number, name: string) => ({ stdout: `[{"ifindex":${index},"ifname":"${name}"}]\n` });
  const VF_SHOWN = shown(7, 'vf0');
  const ON_PF = { stdout: '[{"ifindex":7,"link":"pf0","ifname":"vf0"}]\n' };
  const SET: Words = ['link', 'set', 'dev', 'vf0', 'up'];

  test.each([
    ['asked, when the name has its number still', [SHOW, SHOW, SHOW], [7, 7], VF_SHOWN, 1],
    ['asked, not when another link has the name', [SHOW, SHOW], [8], VF_SHOWN, 2],
    ['asked, not when no link is known to have the name', [SHOW, SHOW], [undefined], VF_SHOWN, 2],
    ['asked, not of a link that it showed under another name', [SHOW, SHOW], [], shown(7, 'vf9'), 2],
    ['asked of another', [SHOW, ['link', 'show', 'dev', 'pf0']], [], VF_SHOWN, 1],
    ['asked of a device above another', [SHOW, SHOW], [7], ON_PF, 1],
    ['told of what it showed, whoever has the name by now', [SHOW, SET, SET], [], VF_SHOWN, 1],
    ['told, not of what it was not asked for', [SHOW, UP], [], VF_SHOWN, 2],
    ['told, not of a link that it showed under another name', [SHOW, SET], [], shown(7, 'vf9'), 2],
    ['told, not of what it was only told of', [SET, SET], [], shown(1, 'lo'), 2],
    ['asked, of what it was told of', [SHOW, SET, SHOW], [7], VF_SHOWN, 1],
  ] as const)('%s', async (_title, calls, numbers, answer, processes) => {
    const left = [...numbers];
    const answers = () => answer;
    const { ip, kept } = ipOver(answers, () => left.shift());
    for (const words of calls) await ip(atHome(words));
    expect(kept).toHaveLength(processes);
    expect(left).toEqual([]);
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
