import { describe, expect, test } from 'vitest';
import { CniError } from '../../../schemas/fault.ts';
import type { Result } from '../../../schemas/result.ts';
import { runPlugin } from '../../../src/cni/plugin.ts';
import { SUPPORTED_VERSIONS } from '../../../src/cni/versions.ts';
import { answerOf, MINIMAL, notReached, pluginOf, type Run } from './calls.ts';

const RESULT: Result = {
  interfaces: [{ name: 'net1' as never, sandbox: '/run/netns/a' }],
  ips: [{ interface: 0, address: '10.0.0.2/24' }],
  routes: [],
};
const succeed: Run = async (request) => (request.command === 'ADD' ? RESULT : undefined);

test.each(SUPPORTED_VERSIONS)('ADD answers in version %s with one document', async (cniVersion) => {
  const { answer, exitCode } = await answerOf({ conf: { ...MINIMAL, cniVersion } }, succeed);
  expect(exitCode).toBe(0);
  expect(answer).toMatchObject({ cniVersion });
});

test.each(['DEL', 'CHECK', 'GC', 'STATUS'])('%s answers with nothing', async (command) => {
  expect(await answerOf({ command }, succeed)).toMatchObject({ stdout: '', exitCode: 0 });
});

test('a result can be tried in the version of the caller before anything is changed', async () => {
  const { answer, exitCode } = await answerOf(
    { conf: { ...MINIMAL, cniVersion: '0.2.0' } },
    async (request, mustExpress, json) => {
      mustExpress({ ...RESULT, ips: [] });
      return notReached(request, mustExpress, json);
    },
  );
  expect(exitCode).toBe(1);
  expect(answer).toMatchObject({ cniVersion: '0.2.0', code: 1 });
});

describe('VERSION', () => {
  const supportedVersions = SUPPORTED_VERSIONS;

  test.each([
    ['the version of the caller', '{"cniVersion":"0.4.0"}', '0.4.0'],
    ['the version of the caller in other capitals', '{"CNIVersion":"0.3.1"}', '0.3.1'],
    ['that of a configuration without one', '{}', '0.1.0'],
    ['our newest to a caller that sends nothing', '', '1.1.0'],
    ['our newest to one that sends no JSON', 'x', '1.1.0'],
    ['our newest to one of a version that we do not know', '{"cniVersion":"9.0.0"}', '1.1.0'],
  ])('answers with %s', async (_title, conf, cniVersion) => {
    const { answer, exitCode } = await answerOf({ command: 'VERSION', conf }, notReached);
    expect([exitCode, answer]).toEqual([0, { cniVersion, supportedVersions }]);
  });
});

describe('commands that came later', () => {
  test.each([
    ['CHECK', '0.4.0', ['0.1.0', '0.2.0', '0.3.0', '0.3.1']],
    ['GC', '1.1.0', ['0.1.0', '0.4.0', '1.0.0']],
    ['STATUS', '1.1.0', ['0.1.0', '0.4.0', '1.0.0']],
  ])('%s exists from %s on', async (command, since, before) => {
    for (const cniVersion of before) {
      const { answer } = await answerOf({ command, conf: { ...MINIMAL, cniVersion } }, notReached);
      expect(answer).toMatchObject({
        code: 1,
        details: `${command} exists from version ${since} on, not in ${cniVersion}`,
      });
    }
    expect((await answerOf({ command, conf: { ...MINIMAL, cniVersion: since } }, succeed)).exitCode).toBe(0);
  });

  test.each(SUPPORTED_VERSIONS)('DEL is there in %s', async (cniVersion) => {
    expect((await answerOf({ command: 'DEL', conf: { ...MINIMAL, cniVersion } }, succeed)).exitCode).toBe(0);
  });
});

describe('what cannot be read on standard input', () => {
  const NESTED = `{"name":"net","cniVersion":"1.1.0","x":${'['.repeat(100)}${']'.repeat(100)}}`;
  const unreadable: [string, () => string, number][] = [
    ['no JSON', () => 'x', 6],
    ['no object', () => '[]', 6],
    ['nested deeper than anybody means it', () => NESTED, 6],
    ['so deep that recursion would exhaust the stack', () => '['.repeat(1e5) + ']'.repeat(1e5), 6],
    [
      'a device that fails',
      () => {
        throw new CniError('input-output', 'EIO');
      },
      5,
    ],
  ];
  const env = { CNI_CONTAINERID: 'c1', CNI_IFNAME: 'net1', CNI_NETNS: '/run/netns/a' };

  test.each(unreadable)('%s: ADD is refused, DEL and VERSION do without', async (_title, readStdin, code) => {
    const run = async (CNI_COMMAND: string) => {
      const { stdout, exitCode } = await runPlugin(
        { env: { ...env, CNI_COMMAND }, readStdin },
        pluginOf(succeed),
      );
      return stdout === '' ? exitCode : JSON.parse(stdout);
    };
    expect(await run('ADD')).toMatchObject({ code });
    expect(await run('DEL')).toBe(0);
    expect(await run('VERSION')).toMatchObject({ cniVersion: '1.1.0' });
  });

  test('99 levels within the object are no matter', async () => {
    const conf = NESTED.replace('[]', '1').replace('"x"', '"deviceID":"0000:01:10.0","x"');
    expect((await answerOf({ conf }, succeed)).exitCode).toBe(0);
  });
});

describe('an error', () => {
  const fail =
    (cause: unknown): Run =>
    () =>
      Promise.reject(cause);

  test('of ours is answered with its code, message and details, in the version of the caller', async () => {
    const cause = new CniError('device-in-use', 'Cannot attach');
    const { answer, exitCode, ...output } = await answerOf(
      { conf: { ...MINIMAL, cniVersion: '0.4.0' } },
      fail(cause),
    );
    expect([exitCode, output.cause]).toEqual([1, cause]);
    expect(answer).toEqual({
      cniVersion: '0.4.0',
      code: 100,
      msg: 'The device is in use',
      details: 'Cannot attach',
    });
  });

  test.each([new TypeError('x is not a function'), 'a text', undefined, { odd: true }])(
    'that nobody expected is answered with 999 and no stack: %s',
    async (thrown) => {
      const { answer, stdout, exitCode } = await answerOf({}, fail(thrown));
      expect(exitCode).toBe(1);
      expect(answer).toMatchObject({ code: 999, msg: 'Internal error', details: String(thrown) });
      expect(stdout).not.toMatch(/ at .*\.ts|node:/);
    },
  );

  test('in the configuration is answered in its version', async () => {
    const { answer } = await answerOf({ conf: { ...MINIMAL, cniVersion: '0.4.0', vlan: 'x' } }, notReached);
    expect(answer).toMatchObject({ cniVersion: '0.4.0', code: 7 });
  });

  test('of reading standard input is answered, too', async () => {
    const readStdin = () => {
      throw new Error('EIO');
    };
    const { stdout, exitCode } = await runPlugin(
      { env: { CNI_COMMAND: 'STATUS' }, readStdin },
      pluginOf(notReached),
    );
    expect([exitCode, JSON.parse(stdout).details]).toEqual([1, 'Error: EIO']);
  });
});
