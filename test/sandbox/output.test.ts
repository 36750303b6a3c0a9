/** What the plugin says, and where: one JSON document on standard output, logs elsewhere. */
import { readFile, stat } from 'node:fs/promises';
import { describe, expect } from 'vitest';
import { EXECUTABLE } from './machine.ts';
import { test } from './machine-test.ts';
import { IPV4, network, TUTORIAL } from './networks.ts';
import { attached, expectSilence, outcomeOf, refused } from './outcome.ts';

const pod = { netconf: TUTORIAL };
const broken = { netconf: { ...TUTORIAL, deviceID: '0000:01:10.6' } };

describe.concurrent('the log', () => {
  test('is on standard error, a line for every change and one for the end (F37, PAIN-26, PAIN-48)', async ({
    machine,
  }) => {
    const { stderr } = await machine.add(pod);
    const lines = stderr.trim().split('\n');
    for (const line of lines) {
      expect(line).toMatch(
        /^time=\S+ level=info cniName=sriov command=ADD containerID=c1 netns=\/run\/netns\/pod1 ifname=net1 network=sriov-network ms=\d+ (of=\d+ )?msg=/,
      );
    }
    expect(lines.at(-1)).toMatch(/ms=\d+ msg="ADD done"$/);
    expect(stderr).toContain('move vf0 into the sandbox as net1');
  });

  test('goes to logFile instead, which nobody else may read', async ({ machine }) => {
    const logFile = '/run/sriov.log';
    const logged = { netconf: { ...TUTORIAL, logFile } };
    const outcomes = [await machine.add(logged), await machine.add(logged), await machine.del(logged)];
    expect(outcomes.map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, ''],
      [1, ''],
      [0, ''],
    ]);
    const log = await readFile(machine.path(logFile), 'utf8');
    expect(log).toContain('msg="ADD done');
    expect(log).toContain('msg="ADD failed');
    expect(log).toContain('msg="DEL done');
    expect((await stat(machine.path(logFile))).mode & 0o777).toBe(0o600);
  });

  test.for([
    ['is full', '/dev/full'],
    ['is a directory', '/run'],
  ] as const)('whose file %s goes to standard error, and ADD goes on', async ([, logFile], { machine }) => {
    const outcome = await machine.add({ netconf: { ...TUTORIAL, logFile } });
    attached(outcome);
    expect(outcome.stderr).toContain('ADD done');
  });

  test('goes to a logFile whose directory is not there yet', async ({ machine }) => {
    const logFile = '/run/none/yet/sriov.log';
    expect((await machine.add({ netconf: { ...TUTORIAL, logFile } })).stderr).toBe('');
    expect(await readFile(machine.path(logFile), 'utf8')).toContain('msg="ADD done"');
  });

  test('tells errors alone if it is told so', async ({ machine }) => {
    const quiet = { netconf: { ...TUTORIAL, logLevel: 'error' } };
    expect((await machine.add(quiet)).stderr).toBe('');
    expect((await machine.add(quiet)).stderr).toMatch(/level=error .*ADD failed/);
  });
});

describe.concurrent('standard output', () => {
  test('has the result, or the error, with the version of the configuration', async ({ machine }) => {
    const failed = await machine.add(broken);
    refused(failed, 'device-unfit');
    expect(failed.answer?.cniVersion).toBe('0.3.1');
    expect(attached(await machine.add(pod)).cniVersion).toBe('0.3.1');
  });

  test('stays empty after DEL, CHECK, GC and STATUS', async ({ machine }) => {
    const netconf = network({ ipam: IPV4 });
    const result = attached(await machine.add({ netconf }));
    expectSilence(await machine.check({ netconf }, result));
    expectSilence(await machine.cni('STATUS', { netconf }));
    expectSilence(await machine.cni('GC', { netconf }));
    expectSilence(await machine.del({ netconf }));
  });

  test('stays empty when a person starts the plugin, who is told what it is', async ({ machine }) => {
    const outcome = await machine.cni('', { netconf: '', env: { CNI_COMMAND: undefined } });
    expectSilence(outcome);
    expect(outcome.stderr).toMatch(/SR-IOV CNI plugin .*\n.*supported: 0\.1\.0, .*1\.1\.0/);
  });
});

describe.concurrent('the environment of the runtime does not disturb', () => {
  test.for([
    ['NODE_OPTIONS', { NODE_OPTIONS: '--require /none.js --inspect-brk --bogus' }],
    ['NODE_EXTRA_CA_CERTS', { NODE_EXTRA_CA_CERTS: '/none.pem' }],
    ['OPENSSL_CONF', { OPENSSL_CONF: '/etc/passwd' }],
    ['NODE_DEBUG', { NODE_DEBUG: 'fs,child_process,module' }],
    ['NODE_V8_COVERAGE', { NODE_V8_COVERAGE: '/run/coverage' }],
    ['PATH', { PATH: '/none' }],
    ['no environment', { PATH: undefined, CNI_PATH: undefined }],
    ['the language', { LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.UTF-8' }],
  ] as const)('%s', async ([, env], { machine }) => {
    const before = await machine.snapshot();
    const outcome = await machine.add({ ...pod, env });
    attached(outcome);
    expect(outcome.stderr).not.toMatch(/warning|NODE_/i);
    expectSilence(await machine.del({ ...pod, env }));
    expect(await machine.snapshot()).toEqual(before);
  });

  test('CNI_ARGS of others (P4)', async ({ machine }) => {
    const args = 'IgnoreUnknown=true;K8S_POD_NAME=a;K8S_POD_NAME=b;;K8S_POD_UID=x=y;MAC=;IgnoreUnknown=1;';
    attached(await machine.add({ ...pod, args }));
  });
});

describe.concurrent('odd surroundings', () => {
  test('a working directory that is gone is no matter', async ({ machine }) => {
    const before = await machine.snapshot();
    const inGone = (command: string) =>
      `mkdir -p /run/gone; cd /run/gone; rmdir /run/gone; CNI_COMMAND=${command} CNI_CONTAINERID=c1 CNI_IFNAME=net1 ` +
      `CNI_NETNS=/run/netns/pod1 ${EXECUTABLE} <<<'${JSON.stringify(TUTORIAL)}'`;
    await machine.sh(inGone('ADD'));
    await machine.sh(inGone('DEL'));
    expect(await machine.snapshot()).toEqual(before);
  });

  test('nothing is found by a relative CNI_PATH from there', async ({ machine }) => {
    const netconf = JSON.stringify({ ...TUTORIAL, ipam: { type: 'static' } });
    const script = `mkdir /run/gone; cd /run/gone; rmdir /run/gone; exec ${EXECUTABLE} <<<'${netconf}'`;
    const env = {
      CNI_COMMAND: 'ADD',
      CNI_CONTAINERID: 'c1',
      CNI_IFNAME: 'net1',
      CNI_NETNS: '/run/netns/pod1',
    };
    const ended = await machine.run(['bash', '-c', script], { env: { ...env, CNI_PATH: 'bin' } });
    expect(refused(outcomeOf(ended), 'netconf')).toContain('Cannot find the plugin "static" in CNI_PATH bin');
  });

  test('a directory as standard input is an I/O failure', async ({ machine }) => {
    const { code, stdout } = await machine.run(['bash', '-c', `CNI_COMMAND=STATUS ${EXECUTABLE} </run`]);
    expect([code, JSON.parse(stdout).code]).toEqual([1, 5]);
  });

  test('a FIFO as logFile that nobody reads does not stop the command', async ({ machine }) => {
    await machine.sh('mkfifo /run/sriov.log');
    attached(await machine.add({ netconf: { ...TUTORIAL, logFile: '/run/sriov.log' } }));
  });
});
