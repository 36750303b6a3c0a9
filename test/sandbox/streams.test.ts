/** Standard streams that are not there, are something else, or whose other end is gone. */
import { describe, expect } from 'vitest';
import { mustBeSound } from '../sound-answer.ts';
import { EXECUTABLE, type Machine, netnsOf } from './machine.ts';
import { test } from './machine-test.ts';
import { TUTORIAL } from './networks.ts';

const STDIN = '/run/stdin';

/** Starts the plugin with these redirections. */
async function start(machine: Machine, command: string, redirections: string) {
  const env = { CNI_COMMAND: command, CNI_CONTAINERID: 'c1', CNI_IFNAME: 'net1', CNI_NETNS: netnsOf('pod1') };
  const script = `exec 7> >(:); wait $!; ${EXECUTABLE} ${redirections}`;
  await machine.sh(`cat >${STDIN} <<<'${JSON.stringify(TUTORIAL)}'`);
  return machine.run(['bash', '--norc', '-c', script], { env });
}

describe.concurrent('standard input that', () => {
  test.for([
    ['is closed', '<&-', 6],
    ['is empty', '</dev/null', 6],
    ['is a directory', '</run', 5],
    ['never ends', '</dev/zero', 6],
    ['is no UTF-8', `< <(printf '{"name":"\\xff\\xfe\\x80"}')`, 7],
    ['begins with a byte order mark', `< <(printf '\\xef\\xbb\\xbf'; cat ${STDIN})`, 6],
  ] as const)(
    '%s is refused for ADD, and DEL ends the attachment all the same',
    async ([, redirection, code], { machine }) => {
      const before = await machine.snapshot();
      expect((await start(machine, 'ADD', `<${STDIN}`)).code).toBe(0);
      const refusal = await start(machine, 'ADD', redirection);
      mustBeSound(refusal);
      expect(JSON.parse(refusal.stdout)).toMatchObject({ code });
      expect(await start(machine, 'DEL', redirection)).toMatchObject({ code: 0, stdout: '' });
      expect(await machine.snapshot()).toEqual(before);
    },
  );

  test('comes late and in pieces through a pipe that does not block is waited for', async ({ machine }) => {
    const slowly = `< <(head -c 20 ${STDIN}; sleep 0.3; tail -c +21 ${STDIN})`;
    const script = `perl -MFcntl -e 'fcntl(STDIN, F_SETFL, O_NONBLOCK); exec @ARGV' ${EXECUTABLE} ${slowly}`;
    await start(machine, 'VERSION', '>/dev/null');
    const env = { CNI_COMMAND: 'VERSION' };
    const { code, stdout } = await machine.run(['bash', '--norc', '-c', script], { env });
    expect([code, JSON.parse(stdout).cniVersion]).toEqual([0, '0.3.1']);
  });
});

describe.concurrent('standard output that', () => {
  test.for([
    ['is full', '>/dev/full', 'ENOSPC'],
    ['nobody reads any more', '>&7', 'EPIPE'],
  ] as const)(
    '%s fails ADD in one line, and DEL ends what it attached',
    async ([, redirection, reason], { machine }) => {
      const before = await machine.snapshot();
      const { code, stderr } = await start(machine, 'ADD', `<${STDIN} ${redirection}`);
      const lines = stderr.split('\n').filter((line) => !line.startsWith('time='));
      expect({ code, lines }).toEqual({
        code: 1,
        lines: [expect.stringMatching(new RegExp(`^sriov: Cannot answer: ${reason}: `))],
      });
      expect(await start(machine, 'DEL', `<${STDIN} ${redirection}`)).toMatchObject({ code: 0 });
      expect(await machine.snapshot()).toEqual(before);
    },
  );
});

describe.concurrent('standard error that', () => {
  test.for([
    ['is closed', '2>&-'],
    ['is full', '2>/dev/full'],
    ['nobody reads any more', '2>&7'],
  ] as const)('%s does not matter', async ([, redirection], { machine }) => {
    expect((await start(machine, 'ADD', `<${STDIN} ${redirection}`)).code).toBe(0);
    expect(await start(machine, 'DEL', `<${STDIN} ${redirection}`)).toMatchObject({ code: 0, stdout: '' });
    const env = { CNI_COMMAND: '' };
    expect((await machine.run(['bash', '-c', `${EXECUTABLE} ${redirection}`], { env })).code).toBeLessThan(2);
  });
});

test.for([
  ['-e', 'process.exit(3)'],
  ['--eval=1', '--inspect-brk=127.0.0.1:0', '--require', '/none.js'],
  ['--', '--help', '-v', '\n'],
  ['a'.repeat(100_000)],
])('arguments on the command line mean nothing to a runtime: %j', async (args, { machine }) => {
  const env = { CNI_COMMAND: 'VERSION' };
  const { code, stdout, stderr } = await machine.run([EXECUTABLE, ...args], { env });
  expect([code, JSON.parse(stdout).cniVersion, stderr]).toEqual([0, '1.1.0', '']);
});
