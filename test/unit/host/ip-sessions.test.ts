/** Processes of ip that are kept. */
import { expect, test } from 'vitest';
import { createSessions } from '../../../src/host/ip-sessions.ts';
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
  const { run: ip, prepare } = createIp({ run, sessions }, () => ({ locks, home: HOME }));
  prepare({ place: 'home' });
  await ip(atHome(SHOW));
  await ip(atHome(UP));
  await ip(atHome(SHOW));
  await ip(atHome(SHOW));
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
    'end 21 - 22',
    'start 21 - 22',
    'end 21 - 22',
    'start 21 - 22',
    'start 21 23 22',
    'end 21 - 22',
    'start 21 - 22 29',
    'end 21 - 22 29',
    'end 21 23 22',
    'start 21 23 22 29',
    'end 21 23 22 29',
    'start 21 - 22',
    'end 21 - 22',
  ]);
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
  const { run: ip } = createIp({ run, sessions }, () => ({ locks: [LOCK], home: HOME }));
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
