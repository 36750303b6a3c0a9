/** Plugins here are real executables: shell scripts that a test writes. */
import { closeSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { execaSync } from 'execa';
import { describe, expect, test } from 'vitest';
import { ContainerId, IfName, NetworkName } from '../../../schemas/words.ts';
import { createPlugins, type PluginCall } from '../../../src/host/run-plugin.ts';
import { emptyDirectory, filesIn } from '../ipam/directories.ts';

const STDIN = '{"cniVersion":"1.1.0","name":"net","ipam":{"type":"static"}}';

function install(directory: string, type: string, script: string): string {
  mkdirSync(directory, { recursive: true });
  writeFileSync(`${directory}/${type}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return directory;
}

/** Calls a plugin `static` that is the script. */
function run(script: string, call: Partial<PluginCall> = {}, timeoutMs = 60_000): Promise<unknown> {
  const CNI_PATH = install(emptyDirectory(), 'static', script);
  const env = { ...process.env, CNI_PATH, CNI_COMMAND: 'CHECK', CNI_ARGS: 'A=b;C=d' };
  return createPlugins({ env, timeoutMs }).run({ type: 'static', command: 'ADD', stdin: STDIN, ...call });
}

const failure = (fault: string, message: string | RegExp) =>
  expect.objectContaining({
    fault,
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  });

describe('a plugin is given', () => {
  test.each([
    ['what it reads', 'cat'],
    ['what it opens', 'cat /dev/stdin > /dev/stdout'],
  ])('the network configuration: %s', async (_title, script) => {
    expect(await run(script)).toEqual(JSON.parse(STDIN));
  });

  test('the environment of the caller, in which only the command is another (F22)', async () => {
    const script = 'echo "[\\"$CNI_COMMAND\\", \\"$CNI_ARGS\\", \\"$HOME\\"]"';
    expect(await run(script, { command: 'DEL' })).toEqual(['DEL', 'A=b;C=d', process.env['HOME']]);
  });

  test('another attachment, if that is meant', async () => {
    const words = ['CONTAINERID', 'IFNAME', 'NETNS'].map((name) => `\\"$CNI_${name}\\"`);
    const attachment = {
      network: NetworkName.parse('net'),
      containerId: ContainerId.parse('pod-b'),
      ifName: IfName.parse('net2'),
    };
    const call = { command: 'DEL', of: { attachment, sandbox: '/run/netns/b' } } as const;
    expect(await run(`echo "[${words}]"`, call)).toEqual(['pod-b', 'net2', '/run/netns/b']);
  });

  test('a large configuration whole, and one that it does not read is no failure', async () => {
    const stdin = JSON.stringify({ name: 'x'.repeat(1_000_000) });
    expect(await run('cat', { stdin })).toEqual(JSON.parse(stdin));
    expect(await run('exit 0', { stdin })).toBeUndefined();
  });

  test('none of our descriptors', async () => {
    const fd = openSync(emptyDirectory(), 'r');
    const script = `test -e /proc/self/fd/${fd} && echo '"inherited"' || echo '"closed"'`;
    expect(await run(script)).toBe('closed');
    closeSync(fd);
  });
});

test('what a plugin says on standard error goes to ours (I18)', async () => {
  const CNI_PATH = install(emptyDirectory(), 'static', 'echo a word >&2');
  const source = JSON.stringify(`${import.meta.dirname}/../../../src/host/run-plugin.ts`);
  const program = `
    import { createPlugins } from ${source};
    createPlugins({ env: process.env }).run({ type: 'static', command: 'ADD', stdin: '' });`;
  const { stderr, stdout } = execaSync(process.execPath, ['--input-type=module', '--eval', program], {
    env: { CNI_PATH },
  });
  expect({ stderr, stdout }).toEqual({ stderr: 'a word', stdout: '' });
});

test.each([
  ['nothing', 'true', undefined],
  ['a blank line', 'echo', undefined],
  ['a result', `echo '{"ips": [{"address": "10.0.0.2/24"}]}'`, { ips: [{ address: '10.0.0.2/24' }] }],
])('a plugin that prints %s is believed', async (_title, script, answer) => {
  expect(await run(script)).toEqual(answer);
});

test('a plugin that leaves a process behind is not waited for', async () => {
  expect(await run('sleep 60 & echo $!')).toSatisfy((pid: number) => process.kill(pid));
});

describe('a plugin that fails', () => {
  test.each([
    [
      'with an error of CNI',
      `echo '{"cniVersion": "1.0.0", "code": 7, "msg": "no address", "details": "see there"}'; exit 1`,
      'ipam-plugin',
      'The IPAM plugin "static" failed (ADD): code 7: no address: see there',
    ],
    [
      'with an error without details',
      `echo '{"code": 999, "msg": "no address"}'; exit 1`,
      'ipam-plugin',
      'The IPAM plugin "static" failed (ADD): code 999: no address',
    ],
    ['and asks to try again', `echo '{"code": 11, "msg": "later"}'; exit 1`, 'busy', /code 11: later$/],
    ['as not available', `echo '{"code": 50, "msg": "full"}'; exit 1`, 'unavailable', /code 50: full$/],
    ['as limited', `echo '{"code": 51, "msg": "lost"}'; exit 1`, 'limited', /code 51: lost$/],
    ['silently', 'exit 3', 'ipam-plugin-gone', /: exit code 3, it printed nothing$/],
    [
      'with a text',
      'echo "no \\"such\\" thing"; exit 1',
      'ipam-plugin-gone',
      /printed "no \\"such\\" thing"$/,
    ],
    ['with another object', 'echo "{}"; exit 1', 'ipam-plugin-gone', /exit code 1, it printed "{}"$/],
    ['with a long text', 'yes | head -c 999; exit 1', 'ipam-plugin-gone', /^.{40,80} "(y\\n){100}"$/],
    ['by a signal', 'kill -9 $$', 'ipam-plugin-gone', /: signal SIGKILL, it printed nothing$/],
    ['to print JSON', 'echo 10.0.0.2', 'ipam-plugin-gone', /: exit code 0, it printed "10.0.0.2"$/],
  ])('%s', async (_title, script, fault, message) => {
    await expect(run(script)).rejects.toThrow(failure(fault, message));
  });

  test('to end is killed', async () => {
    const message = /failed \(ADD\): it did not end within 0.2 s and was killed/;
    await expect(run('exec sleep 60', {}, 200)).rejects.toThrow(failure('ipam-plugin-gone', message));
  });

  test('to start says why', async () => {
    const directory = emptyDirectory();
    writeFileSync(`${directory}/static`, '');
    const plugins = createPlugins({ env: { CNI_PATH: directory } });
    await expect(plugins.run({ type: 'static', command: 'ADD', stdin: STDIN })).rejects.toThrow(
      failure('ipam-plugin-gone', /^The IPAM plugin "static" failed \(ADD\): .*EACCES$/),
    );
  });
});

describe('a plugin is looked for', () => {
  const call = (CNI_PATH: string | undefined, type = 'static') =>
    createPlugins({ env: { CNI_PATH } }).run({ type, command: 'ADD', stdin: STDIN });

  test('without being started', async () => {
    const root = install(emptyDirectory(), 'static', 'touch "$0.started"');
    expect(createPlugins({ env: { CNI_PATH: root } }).find('static')).toBe(`${root}/static`);
    expect(Object.keys(filesIn(root))).toEqual(['static']);
  });

  test('in one directory of CNI_PATH after the other', async () => {
    const root = emptyDirectory();
    mkdirSync(`${root}/a/static`, { recursive: true });
    install(`${root}/b`, 'static', 'echo 1');
    install(`${root}/c`, 'static', 'echo 2');
    expect(await call(`:${root}/none::${root}/a:${root}/b:${root}/c:`)).toBe(1);
  });

  test('and may be a link: it is started under its own name', async () => {
    const root = install(emptyDirectory(), 'all-plugins', 'echo "\\"$0\\""');
    symlinkSync('all-plugins', `${root}/static`);
    expect(await call(root)).toBe(`${root}/static`);
  });

  test.each(['/nowhere', ':', '/nowhere:/dev/null'])('in vain in %s', async (path) => {
    const message = `ipam.type: Cannot find the plugin "static" in CNI_PATH ${path}: install it there`;
    await expect(call(path)).rejects.toThrow(failure('netconf', message));
  });

  test.each([undefined, ''])('but not without CNI_PATH (%j)', async (path) => {
    await expect(call(path)).rejects.toThrow(failure('environment', /CNI_PATH is missing/));
  });

  test.each(['', '.', '..', '../static', 'a/b', '/bin/true', 'a\0b'])(
    'only by a plain name: not %j',
    async (type) => {
      await expect(call('/bin', type)).rejects.toThrow(
        failure('netconf', /^ipam\.type: Cannot run the plugin ".*no path$/),
      );
    },
  );

  test('by a name that no file can have', async () => {
    await expect(call('/bin', 'x'.repeat(300))).rejects.toThrow(failure('netconf', /Cannot find/));
  });

  test('and is never ourselves, under whatever name', async () => {
    const directory = emptyDirectory();
    symlinkSync(process.execPath, `${directory}/static`);
    await expect(call(directory)).rejects.toThrow(failure('netconf', /it is this plugin itself/));
  });
});
