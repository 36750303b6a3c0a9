/** One call of the executable under strace(1), with whatever input, and what must hold of any. */
import { expect } from 'vitest';
import { mustBeSound } from '../sound-answer.ts';
import { EVERYTHING } from '../sound-conf.ts';
import { escapes } from './escapes.ts';
import { type Machine, netnsOf } from './machine.ts';
import { traced } from './written-paths.ts';

export type Sent = { readonly command: string; readonly stdin: string; readonly env: Environment };
type Environment = Readonly<Record<string, string | undefined>>;

export const attach: Sent = {
  command: 'ADD',
  stdin: JSON.stringify(EVERYTHING),
  env: { CNI_CONTAINERID: 'c1', CNI_IFNAME: 'net1', CNI_NETNS: netnsOf('pod1'), CNI_PATH: '/usr/lib/cni' },
};

export async function send(machine: Machine, sent: Sent, plugin?: string): Promise<number | undefined> {
  const env = { ...sent.env, CNI_COMMAND: sent.command, TMPDIR: '/run/tmp' };
  const { code, stdout, stderr, written } = await traced(machine, { ...sent, env }, plugin);
  const odd = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('time='));
  expect({ sent, escapes: escapes(written, sent.stdin), odd: sent.command === '' ? [] : odd }).toEqual({
    sent,
    escapes: [],
    odd: [],
  });
  mustBeSound({ code, stdout });
  return code;
}

export const detach: Sent = { ...attach, command: 'DEL' };

/** Nothing of the host but what is the machine's own can be written, should a path get through. */
export const protect = (machine: Machine) =>
  machine.sh('mount -o remount,bind,ro /; mkdir -p /run/log /run/tmp');
