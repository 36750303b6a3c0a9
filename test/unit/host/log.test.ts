import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { execa, execaSync } from 'execa';
import { describe, expect, test } from 'vitest';
import { LOG_LEVELS } from '../../../schemas/netconf.ts';
import { createLog, type LogOptions } from '../../../src/host/log.ts';
import { runChild } from '../../../src/host/run-child.ts';
import { emptyDirectory, filesIn } from '../ipam/directories.ts';
import { plant } from './recorded.ts';

const SOURCE = `${import.meta.dirname}/../../../src/host/log.ts`;

/** What the log file holds after one line of each level, without the time. */
function linesOf(options: Partial<LogOptions>): string[] {
  const file = `${emptyDirectory()}/sriov.log`;
  const log = createLog({ fields: {}, file, ...options });
  for (const level of LOG_LEVELS) log(level, 'told');
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => line.replace(/^time=\d{4}-\d\d-\d\dT[\d:.]+Z /, ''));
}

test.each([
  ['error', 1],
  ['warning', 2],
  ['info', 3],
  ['debug', 4],
  [undefined, 3],
] as const)('of level %s and above, %i lines are written', (level, count) => {
  expect(linesOf({ level })).toEqual(LOG_LEVELS.slice(0, count).map((one) => `level=${one} msg=told`));
});

test('every line tells of the command what is known of it', () => {
  const fields = { command: 'ADD', ifname: undefined, netns: '', network: 'my net' };
  expect(linesOf({ level: 'error', fields })).toEqual(['level=error command=ADD network="my net" msg=told']);
});

test('what one line tells besides comes after the command and before the message', () => {
  const file = `${emptyDirectory()}/sriov.log`;
  const log = createLog({ fields: { ifname: 'net1' }, file });
  log('info', 'done', { ms: 0, device: undefined, reason: 'a b' });
  expect(readFileSync(file, 'utf8')).toMatch(/ level=info ifname=net1 ms=0 reason="a b" msg=done\n$/);
});

test.each([
  ['a blank', 'a b', '"a b"'],
  ['a quote', 'a"b', '"a\\"b"'],
  ['an equals sign', 'a=b', '"a=b"'],
  ['a line feed', 'a\nb', '"a\\nb"'],
  ['a carriage return', 'a\rb', '"a\\rb"'],
  ['a command to the terminal', 'a\x1b[2Jb\x9b', '"a\\u001b[2Jb\\u009b"'],
  ['a line separator of Unicode', 'a\u2028b', '"a\\u2028b"'],
  ['a backslash', 'a\\b', '"a\\\\b"'],
  ['a command to a shell', 'a$(b)`c`;d', '"a\\u0024(b)\\u0060c\\u0060;d"'],
  ['nothing of the kind', 'its:/fine', 'its:/fine'],
])('a message with %s stays on its line', (_title, message, written) => {
  const file = `${emptyDirectory()}/sriov.log`;
  createLog({ fields: {}, file })('error', message);
  const text = readFileSync(file, 'utf8');
  expect(text.slice(text.indexOf(' msg='))).toBe(` msg=${written}\n`);
});

test('lines are added to those that are there, and nobody else may read them', () => {
  const directory = emptyDirectory();
  createLog({ fields: {}, file: `${directory}/sriov.log` })('info', 'one');
  createLog({ fields: {}, file: `${directory}/sriov.log` })('info', 'two');
  expect(filesIn(directory)['sriov.log']).toMatch(/msg=one\n.*msg=two\n$/);
  expect(statSync(`${directory}/sriov.log`).mode & 0o777).toBe(0o600);
});

test('a file that is no log gets no line, and is not rotated', () => {
  const directory = plant(emptyDirectory(), { profile: 'export PATH=/bin\n' });
  const log = createLog({ fields: {}, file: `${directory}/profile`, maxBytes: 10 });
  log('error', 'to standard error (this line is a test)');
  expect(filesIn(directory)).toEqual({ profile: 'export PATH=/bin\n' });
});

test('a setting of the kernel, which looks empty, gets no line', () => {
  const COMM = '/proc/self/comm';
  const before = readFileSync(COMM, 'utf8');
  createLog({ fields: {}, file: COMM })('error', 'a log is no setting (this line is a test)');
  expect(readFileSync(COMM, 'utf8')).toBe(before);
});

test('a path that no file can have is no log, and no failure', () => {
  createLog({ fields: {}, file: `/${'a'.repeat(5000)}` })('error', 'it is too long (this line is a test)');
});

test('what a caller says at length is told in brief', () => {
  const file = `${emptyDirectory()}/sriov.log`;
  createLog({ fields: { network: 'n'.repeat(1_000_000) }, file })('error', 'm'.repeat(1_000_000));
  expect(statSync(file).size).toBeLessThan(21_000);
});

test.each(['sriov.log', '.log', 'log', 'profile', 'xlog', 'log.conf', 'ld.so.preload', 'sriov.log.1'])(
  'of a new and of an empty file, the name tells whether it is a log: %s',
  (name) => {
    const directory = plant(emptyDirectory(), { empty: { [name]: '' }, missing: {} });
    const files = ['empty', 'missing', 'missing/directory'].map((below) => `${directory}/${below}/${name}`);
    for (const file of files) createLog({ fields: {}, file })('error', 'one (this line is a test)');
    const isWritten = files.map((file) => existsSync(file) && statSync(file).size > 0);
    expect(new Set(isWritten)).toEqual(new Set([name.endsWith('.log')]));
  },
);

test('a line goes to what was looked at, though another file takes its place', () => {
  const file = `${emptyDirectory()}/sriov.log`;
  const log = createLog({ fields: {}, file });
  log('info', 'one');
  renameSync(file, `${file}.old`);
  writeFileSync(file, 'precious');
  log('info', 'two (this line is a test)');
  expect(readFileSync(file, 'utf8')).toBe('precious');
});

test.each([
  ['time=1\n', true],
  ['precious\n', false],
])('a file that another process makes first is looked at, too: %j', (text, isLog) => {
  const directory = plant(emptyDirectory(), { 'sriov.log': text });
  // Nothing is there until the missing directory is made, on the way to a new file.
  createLog({ fields: {}, file: `${directory}/missing/../sriov.log` })('error', 'one (this line is a test)');
  const after = readFileSync(`${directory}/sriov.log`, 'utf8');
  expect([after.startsWith(text), after.length > text.length]).toEqual([true, isLog]);
});

test('a file that is no log is not even opened for writing', async () => {
  const program = `
    import { createLog } from ${JSON.stringify(SOURCE)};
    createLog({ fields: {}, file: process.execPath })('error', 'one');`;
  // While it runs, the kernel answers ETXTBSY to that.
  const { stderr } = await execa(process.execPath, ['--input-type=module', '--eval', program]);
  expect(stderr).toContain(' it is no log. ');
});

test('a log file that is a symbolic link is not followed', () => {
  const directory = plant(emptyDirectory(), { victim: '', 'sriov.log': { '->': 'victim' } });
  createLog({ fields: {}, file: `${directory}/sriov.log` })('error', 'no link (this line is a test)');
  expect(filesIn(directory)).toEqual({ victim: '' });
});

describe('a file that has grown beyond its size', () => {
  const log = (file: string, message: string) =>
    createLog({ fields: { cniName: 'sriov' }, file, maxBytes: 10 })('info', message);
  const line = (message: string) => `time=1 level=info cniName=sriov msg=${message}\n`;
  /** What their lines say, the youngest file first. */
  const messagesIn = (directory: string) =>
    Object.values(filesIn(directory)).map((text) => text.match(/(?<= msg=).*/g)?.join());

  test('becomes sriov.log.1, the others become older, and the oldest goes (F37)', () => {
    const directory = emptyDirectory();
    for (const name of ['1', '2', '3', '4', '5', '6', '7']) log(`${directory}/sriov.log`, name);
    expect(messagesIn(directory)).toEqual(['7', '6', '5', '4', '3', '2']);
    expect(Object.keys(filesIn(directory)).join()).toMatch(/^sriov\.log(,sriov\.log\.[1-5]){5}$/);
    expect(statSync(`${directory}/sriov.log`).mode & 0o777).toBe(0o600);
  });

  test('drops nothing if a process was killed while it rotated', () => {
    const directory = emptyDirectory();
    const ages = ['', '.1', '.3', '.4', '.5'];
    for (const age of ages) plant(directory, { [`sriov.log${age}`]: line(`was${age}`) });
    log(`${directory}/sriov.log`, 'new');
    expect(messagesIn(directory)).toEqual(['new', 'was', 'was.1', 'was.3', 'was.4', 'was.5']);
  });

  test.each([
    ['no CNI plugin', 'time="x" level=info msg=k3s\n'],
    ['one in the second line only', `time="x" level=info msg=k3s\n${line('a')}`],
    ['one behind 1000 bytes', `time=1 msg=${'x'.repeat(1000)} cniName=sriov\n`],
  ])('goes on growing if its lines name %s', (_title, text) => {
    const directory = plant(emptyDirectory(), { 'other.log': text });
    log(`${directory}/other.log`, 'new');
    const { 'other.log': grown, ...rotated } = filesIn(directory);
    expect([grown?.startsWith(text), grown?.endsWith(' msg=new\n'), rotated]).toEqual([true, true, {}]);
  });

  test.each([
    ['of another program', 1, 'time="x" level=info msg=k3s\n'],
    ['that is no log, behind a gap', 5, 'precious\n'],
    ['that is empty', 2, ''],
    ['that is a directory', 5, { precious: '' }],
    ['that is a link to a log', 3, { '->': 'sriov.log' }],
  ])('goes on growing where a file %s has the name of a rotated one', (_title, age, other) => {
    const directory = plant(emptyDirectory(), { 'sriov.log.1': line('b'), [`sriov.log.${age}`]: other });
    const before = filesIn(directory);
    plant(directory, { 'sriov.log': line('a') });
    log(`${directory}/sriov.log`, 'new');
    const { 'sriov.log': text, ...after } = filesIn(directory);
    expect(after).toEqual(before);
    expect(text).toMatch(/ msg=a\n.* msg=new\n$/);
  });

  test('is left to another process that is at it', async () => {
    const directory = plant(emptyDirectory(), { 'sriov.log': line('a') });
    const fd = openSync(`${directory}/sriov.log`, 'r');
    await runChild({ program: 'flock', args: ['-x', '3'], descriptors: [fd], timeoutMs: 5000 });
    log(`${directory}/sriov.log`, 'new');
    closeSync(fd);
    expect(messagesIn(directory)).toEqual(['a,new']);
  });

  test('is only ever a file: neither a link nor a FIFO is renamed', () => {
    const directory = plant(emptyDirectory(), { 'sriov.log': { '->': 'victim' }, victim: line('a') });
    execaSync('mkfifo', [`${directory}/fifo.log`]);
    for (const name of ['sriov', 'fifo']) log(`${directory}/${name}.log`, 'not to it (this line is a test)');
    expect(readdirSync(directory)).toEqual(['fifo.log', 'sriov.log', 'victim']);
  });
});

describe('processes that log to one file, one of which is killed', () => {
  const MAX_BYTES = 12_000;

  /** Every line by a new log, as if by a new command. */
  const program = (file: string, name: string) => `
    import { createLog } from ${JSON.stringify(SOURCE)};
    for (let line = 0; line < 150; line += 1) {
      const log = createLog({ fields: { cniName: '${name}' }, file: '${file}', maxBytes: ${MAX_BYTES} });
      log('info', 'x'.repeat(30), { line });
      process.stdout.write('.');
    }`;
  const writer = (file: string, name: string) =>
    execa(process.execPath, ['--input-type=module', '--eval', program(file, name)], { reject: false });

  test('lose no line, tear none, and rotate no file before its time', async () => {
    const directory = emptyDirectory();
    const victim = writer(`${directory}/sriov.log`, 'victim');
    const others = ['a', 'b', 'c'].map((name) => writer(`${directory}/sriov.log`, name));
    victim.stdout.once('data', () => victim.kill('SIGKILL'));
    await Promise.all([victim, ...others]);
    const files = Object.entries(filesIn(directory)).reverse();
    const lines = files.flatMap(([, text]) => text.trimEnd().split('\n'));
    const seen = lines.map((line) => /^time=\S+ level=info cniName=(\w+) line=(\d+) msg=x{30}$/.exec(line));
    for (const name of ['a', 'b', 'c', 'victim']) {
      const numbers = seen.flatMap((match) => (match?.[1] === name ? Number(match[2]) : []));
      expect(numbers.toSorted((one, other) => one - other)).toEqual([...numbers.keys()]);
      if (name !== 'victim') expect(numbers).toHaveLength(150);
    }
    expect(seen).not.toContain(null);
    const rotated = files.filter(([name]) => name !== 'sriov.log');
    expect(rotated.length).toBeGreaterThan(1);
    expect(rotated.filter(([, text]) => text.length <= MAX_BYTES)).toEqual([]);
  });
});
