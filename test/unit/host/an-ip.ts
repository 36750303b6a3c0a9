/** `ip` over planted programs, and what they are asked. */
import { createSessions } from '../../../src/host/ip-sessions.ts';
import type { Words } from '../../../src/host/ip-words.ts';
import type { Child, Ended } from '../../../src/host/run-child.ts';
import { createIp, type IpCall } from '../../../src/host/run-ip.ts';
import { programs } from './recorded.ts';

export const LOCK = 21;
export const HOME = 22;
export const SANDBOX = { path: '/run/netns/pod', fd: 23, inode: 4026532000 };
export const UP: Words = ['link', 'set', 'dev', 'net1', 'up'];
export const SHOW: Words = ['link', 'show', 'dev', 'vf0'];

/** `started` has an entry for each question, `kept` one for each process that may be asked more. */
export function ipOver(
  end?: (child: Child) => Partial<Ended>,
  numberOfLink: (name: string) => number | undefined = () => 7,
) {
  const { run, converse, started } = programs(end);
  const kept: object[] = [];
  const sessions = createSessions((child) => {
    kept.push(child);
    return converse(child);
  });
  const inherited = () => ({ locks: [LOCK], home: HOME });
  const { run: ip } = createIp({ run, sessions, inherited, numberOfLink });
  return { ip, started, kept };
}

export const atHome = (...lines: Words[]): IpCall => ({ lines, place: 'home', onRefusal: 'stop' });
