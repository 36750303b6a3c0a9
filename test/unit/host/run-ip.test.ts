import { describe, expect, test } from 'vitest';
import type { Words } from '../../../src/host/ip-words.ts';
import type { Ended } from '../../../src/host/run-child.ts';
import { atHome, HOME, ipOver, LOCK, SANDBOX, UP } from './an-ip.ts';
import { recorded } from './recorded.ts';

const ALIAS: Words = ['link', 'set', 'dev', 'net1', 'alias', 'it\'s "mine" #1'];

/** Behind lines that print nothing, this tells that they are done. */
const DONE = 'link show dev lo\n';

describe('what is started', () => {
  test('one process for all lines, which inherits the lock', async () => {
    const { ip, started } = ipOver();
    await ip(atHome(UP, ['link', 'show']));
    expect(started).toMatchObject([
      {
        program: 'ip',
        args: ['-d', '-j', '-batch', '-'],
        input: 'link set dev net1 up\nlink show\n',
        descriptors: [LOCK, undefined, HOME],
      },
    ]);
  });

  test('the sandbox is entered by its descriptor', async () => {
    const { ip, started } = ipOver();
    await ip({ lines: [UP], place: 'sandbox', sandbox: SANDBOX, onRefusal: 'go on' });
    expect(started).toMatchObject([
      {
        program: 'nsenter',
        args: ['--net=/proc/self/fd/4', '--', '/usr/sbin/ip', '-d', '-j', '-batch', '-'],
        descriptors: [LOCK, SANDBOX.fd, HOME],
      },
    ]);
  });

  test('a link may be named show', async () => {
    const { ip, started } = ipOver();
    await ip(atHome(['link', 'set', 'dev', 'vf0', 'netns', '/proc/self/fd/4', 'name', 'show']));
    expect(started[0]?.input).toBe(`link set dev vf0 netns /proc/self/fd/4 name show\n${DONE}`);
  });

  test('nothing for no lines', async () => {
    const { ip, started } = ipOver();
    expect(await ip(atHome())).toEqual({ stdout: '', refusals: [] });
    expect(started).toEqual([]);
  });

  test.each([
    ['an empty word', '', '""'],
    ['a word with blanks', 'my alias', '"my alias"'],
  ])('%s is quoted', async (_title, word, quoted) => {
    const { ip, started } = ipOver();
    await ip(atHome(['link', 'set', 'dev', 'net1', 'alias', word]));
    expect(started[0]?.input).toBe(`link set dev net1 alias ${quoted}\n${DONE}`);
  });

  test.each(["it's", 'a"b', '#1', 'back\\slash', 'two\nlines'])(
    'a line that no batch can hold goes as arguments, and the others around it keep their order: %j',
    async (word) => {
      const { ip, started } = ipOver();
      await ip(atHome(UP, ['link', 'set', 'dev', 'net1', 'alias', word], UP));
      expect(started.map(({ args, input }) => input ?? args)).toEqual([
        `link set dev net1 up\n${DONE}`,
        ['-d', '-j', 'link', 'set', 'dev', 'net1', 'alias', word],
        `link set dev net1 up\n${DONE}`,
      ]);
    },
  );
});

describe('what the kernel refused', () => {
  const four = { lines: [UP, UP, UP, UP], place: 'home', onRefusal: 'go on' } as const;

  /** Refuses lines of the processes that are started one after the other; then no more. */
  const refusing = (...complaints: readonly string[]) => {
    const left = [...complaints];
    return () => {
      const stderr = left.shift();
      return stderr === undefined ? {} : { exitCode: 1, stderr };
    };
  };

  test('several lines, each with its reason, and the errno where somebody decides by it', async () => {
    const [altname = '', device = '', address = ''] =
      recorded('igb/refusals.txt').split(/(?<=failed -:\d\n)/);
    const { ip, started } = ipOver(
      refusing(altname, device.replace('-:3', '-:2'), address.replace('-:4', '-:1')),
    );
    expect((await ip(four)).refusals).toEqual([
      { line: 0, reason: 'Error: An interface with the altname enp1s0v0 exists in the target netns.' },
      { line: 2, reason: 'Cannot find device "nosuch"' },
      { line: 3, reason: 'Cannot assign requested address', errno: 'EADDRNOTAVAIL' },
    ]);
    expect(started).toHaveLength(3);
  });

  test('the lines behind a refused one go to another process, or nowhere', async () => {
    const refuseSecond = 'no\nCommand failed -:2\n';
    for (const [onRefusal, processes] of [
      ['go on', 2],
      ['stop', 1],
    ] as const) {
      const { ip, started } = ipOver(refusing(refuseSecond));
      expect((await ip({ ...four, onRefusal })).refusals).toEqual([{ line: 1, reason: 'no' }]);
      expect(started).toHaveLength(processes);
    }
  });

  test('lo may have another name: all lines before it are done', async () => {
    const stderr = 'Device "lo" does not exist.\nCommand failed -:2\n';
    const { ip } = ipOver(() => ({ exitCode: 1, stderr }));
    expect(await ip(atHome(UP))).toEqual({ stdout: '', refusals: [] });
  });

  test('a warning of an earlier line does not hide why a later one was refused', async () => {
    const stderr = 'Warning: first.\nRTNETLINK answers: Device or resource busy\nCommand failed -:1\n';
    const { ip } = ipOver(refusing(stderr));
    expect((await ip(four)).refusals).toMatchObject([{ errno: 'EBUSY' }]);
  });

  test('a reason of several lines', async () => {
    const { ip } = ipOver(refusing('Warning: first.\nError: second.\nCommand failed -:2\n'));
    expect((await ip(four)).refusals).toEqual([{ line: 1, reason: 'Warning: first. Error: second.' }]);
  });

  test('a line that went as arguments keeps its number', async () => {
    const { ip } = ipOver(({ input }) =>
      input === undefined ? { exitCode: 2, stderr: 'RTNETLINK answers: Operation not permitted\n' } : {},
    );
    expect((await ip(atHome(UP, ALIAS, UP))).refusals).toEqual([
      { line: 1, reason: 'Operation not permitted', errno: 'EPERM' },
    ]);
  });

  test.each([
    ['stop', 2],
    ['go on', 3],
  ] as const)('after the refusal of a line that went as arguments: %s', async (onRefusal, processes) => {
    const { ip, started } = ipOver(({ input }) => (input === undefined ? { exitCode: 2, stderr: 'no' } : {}));
    await ip({ ...atHome(UP, ALIAS, UP), onRefusal });
    expect(started).toHaveLength(processes);
  });

  test('what was printed before it counts', async () => {
    const { ip } = ipOver(() => ({ exitCode: 1, stdout: '[]\n', stderr: 'no\nCommand failed -:2\n' }));
    expect((await ip({ ...four, onRefusal: 'stop' })).stdout).toBe('[]\n');
  });
});

describe('a process that did not do its work', () => {
  test.each<[string, Partial<Ended>, string, RegExp]>([
    [
      'killed after its time',
      { exitCode: undefined, killedAfterMs: 20_000 },
      'busy',
      /did not end within 20 s/,
    ],
    [
      'not to be killed',
      { exitCode: undefined, killedAfterMs: 20_000, stuckPid: 77 },
      'busy',
      /did not end within 20 s, and process 77 cannot be killed: .* keeps the lock/,
    ],
    ['not started', { exitCode: undefined, startError: 'EAGAIN' }, 'unavailable', /: EAGAIN$/],
    [
      'killed after its time, and a line had been refused',
      { exitCode: undefined, killedAfterMs: 20_000, stderr: 'no\nCommand failed -:1\n' },
      'busy',
      /did not end within 20 s/,
    ],
    [
      'not in the sandbox',
      { exitCode: 1, stderr: 'nsenter: reassociate to namespace failed: Invalid argument' },
      'netns',
      /Cannot enter the sandbox: nsenter: reassociate/,
    ],
    [
      'no arguments understood',
      { exitCode: 255, stderr: 'Option "-j" is unknown' },
      'unavailable',
      /exit code 255/,
    ],
    ['killed', { exitCode: undefined }, 'unavailable', /exit code none/],
  ])('%s', async (_title, ended, fault, message) => {
    const { ip } = ipOver(() => ended);
    await expect(ip(atHome(UP))).rejects.toThrow(
      expect.objectContaining({ fault, message: expect.stringMatching(message) }),
    );
  });

  test('a line that went as arguments and was killed is no refusal of the kernel', async () => {
    const { ip } = ipOver(() => ({ exitCode: undefined, killedAfterMs: 20_000 }));
    await expect(ip(atHome(ALIAS))).rejects.toThrow(expect.objectContaining({ fault: 'busy' }));
  });
});
