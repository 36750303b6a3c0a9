import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { execa, execaSync } from 'execa';
import { describe, expect, test } from 'vitest';
import { LOG_LEVELS } from '../../../schemas/netconf.ts';
import { createLog, type LogOptions } from '../../../src/host/log.ts';
import { runChild } from '../../../src/host/run-child.ts';
import { emptyDirectory, filesIn } from '../ipam/directories.ts';
import { plant } from './recorded.ts';

/** What the log file holds after one line of each level, without the time. */
function linesOf(options: Partial<LogOptions>): string[] {
  const file = `${emptyDirectory()}/log`;
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
  const file = `${emptyDirectory()}/log`;
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
  const file = `${emptyDirectory()}/log`;
  createLog({ fields: {}, file })('error', message);
  const text = readFileSync(file, 'utf8');
  expect(text.slice(text.indexOf(' msg='))).toBe(` msg=${written}\n`);
});

test('lines are added to those that are there, and nobody else may read them', () => {
  const directory = emptyDirectory();
  createLog({ fields: {}, file: `${directory}/log` })('info', 'one');
  createLog({ fields: {}, file: `${directory}/log` })('info', 'two');
  expect(filesIn(directory)['log']).toMatch(/msg=one\n.*msg=two\n$/);
  expect(statSync(`${directory}/log`).mode & 0o777).toBe(0o600);
});

test('a file that is no log gets no line, and is not rotated', () => {
  const directory = emptyDirectory();
  plant(directory, { profile: 'export PATH=/bin\n' });
  createLog({ fields: {}, file: `${directory}/profile`, maxBytes: 10 })(
    'error',
    'to standard error (this line is a test)',
  );
  expect(filesIn(directory)).toEqual({ profile: 'export PATH=/bin\n' });
});

test('a setting of the kernel, which looks empty, gets no line', () => {
  const COMM = '/proc/self/comm';
  const before = readFileSync(COMM, 'utf8');
  createLog({ fields: {}, file: COMM })('error', 'a log is no setting (this line is a test)');
  expect(readFileSync(COMM, 'utf8')).toBe(before);
});

test('a path that no file can have is no log, and no failure', () => {
  const log = createLog({ fields: {}, file: `/${'a'.repeat(5000)}` });
  log('error', 'a path may be too long (this line is a test)');
});

test('what a caller says at length is told in brief', () => {
  const file = `${emptyDirectory()}/log`;
  createLog({ fields: { network: 'n'.repeat(1_000_000) }, file })('error', 'm'.repeat(1_000_000));
  expect(statSync(file).size).toBeLessThan(21_000);
});

test.each(['log', 'sriov.log', '.log', 'profile', 'xlog', 'log.conf', 'ld.so.preload', 'sriov.log.1'])(
  'of a new and of an empty file, the name tells whether it is a log: %s',
  (name) => {
    const directory = emptyDirectory();
    plant(directory, { empty: { [name]: '' }, missing: {} });
    const files = ['empty', 'missing', 'missing/directory'].map((below) => `${directory}/${below}/${name}`);
    for (const file of files) createLog({ fields: {}, file })('error', 'one (this line is a test)');
    const isWritten = files.map((file) => existsSync(file) && statSync(file).size > 0);
    expect(new Set(isWritten)).toEqual(new Set([/^(\w*\.)?log$/.test(name)]));
  },
);

test('a line goes to what was looked at, though another file takes its place', () => {
  const directory = emptyDirectory();
  const file = `${directory}/sriov.log`;
  const log = createLog({ fields: {}, file });
  log('info', 'one');
  renameSync(file, `${directory}/old`);
  writeFileSync(file, 'precious');
  log('info', 'two (this line is a test)');
  expect(readFileSync(file, 'utf8')).toBe('precious');
});

test('a log file that is a symbolic link is not followed', () => {
  const directory = emptyDirectory();
  writeFileSync(`${directory}/victim`, '');
  symlinkSync('victim', `${directory}/log`);
  createLog({ fields: {}, file: `${directory}/log` })(
    'error',
    'a log file may not be a symbolic link (this line is a test)',
  );
  expect(filesIn(directory)).toEqual({ victim: '' });
});

describe('a file that has grown beyond its size', () => {
  const line = (name: string) => `level=info msg=${name}\n`;
  const log = (file: string, message: string) =>
    createLog({ fields: {}, file, maxBytes: 10 })('info', message);
  const withoutTimes = (directory: string) =>
    Object.entries(filesIn(directory)).map(([name, text]) => [name, text.replaceAll(/^time=\S+ /gm, '')]);

  test('becomes log.1, the others become older, and the oldest goes (F37)', () => {
    const directory = emptyDirectory();
    for (const name of ['1', '2', '3', '4', '5', '6', '7']) log(`${directory}/log`, name);
    expect(withoutTimes(directory)).toEqual([
      ['log', line('7')],
      ['log.1', line('6')],
      ['log.2', line('5')],
      ['log.3', line('4')],
      ['log.4', line('3')],
      ['log.5', line('2')],
    ]);
    expect(statSync(`${directory}/log`).mode & 0o777).toBe(0o600);
  });

  test('drops nothing if a process was killed while it rotated', () => {
    const directory = emptyDirectory();
    const left = { log: 'time=1 the youngest', 'log.1': 'b', 'log.3': 'c', 'log.4': 'd', 'log.5': 'e' };
    plant(directory, left);
    log(`${directory}/log`, 'new');
    expect(Object.fromEntries(withoutTimes(directory))).toEqual({
      log: line('new'),
      'log.1': 'the youngest',
      'log.2': 'b',
      'log.3': 'c',
      'log.4': 'd',
      'log.5': 'e',
    });
  });

  test('is left to another process that is at it', async () => {
    const directory = emptyDirectory();
    plant(directory, { log: 'time=1 long enough\n' });
    const fd = openSync(`${directory}/log`, 'r');
    await runChild({ program: 'flock', args: ['-x', '3'], descriptors: [fd], timeoutMs: 5000 });
    log(`${directory}/log`, 'new');
    closeSync(fd);
    expect(withoutTimes(directory)).toEqual([['log', `long enough\n${line('new')}`]]);
  });

  test('goes on growing where it cannot be rotated', () => {
    const directory = emptyDirectory();
    plant(directory, { log: 'time=1 long enough\n', 'log.1': '', 'log.2': '', 'log.3': '', 'log.4': '' });
    plant(directory, { 'log.5': { 'a directory': '' } });
    log(`${directory}/log`, 'new');
    expect(Object.fromEntries(withoutTimes(directory))['log']).toBe(`long enough\n${line('new')}`);
  });

  test('is only ever a file: neither a link nor a FIFO is renamed', () => {
    const directory = emptyDirectory();
    plant(directory, { log: { '->': 'victim' }, victim: 'long enough\n' });
    execaSync('mkfifo', [`${directory}/fifo`]);
    for (const name of ['log', 'fifo']) log(`${directory}/${name}`, `not to ${name} (this line is a test)`);
    expect(readdirSync(directory)).toEqual(['fifo', 'log', 'victim']);
  });
});

describe('processes that log to one file, one of which is killed', () => {
  const MAX_BYTES = 12_000;
  const SOURCE = `${import.meta.dirname}/../../../src/host/log.ts`;

  /** Every line by a new log, as if by a new command. */
  const program = (file: string, name: string) => `
    import { createLog } from ${JSON.stringify(SOURCE)};
    for (let line = 0; line < 150; line += 1) {
      const log = createLog({ fields: { name: '${name}' }, file: '${file}', maxBytes: ${MAX_BYTES} });
      log('info', 'x'.repeat(30), { line });
      process.stdout.write('.');
    }`;
  const writer = (file: string, name: string) =>
    execa(process.execPath, ['--input-type=module', '--eval', program(file, name)], { reject: false });

  test('lose no line, tear none, and rotate no file before its time', async () => {
    const directory = emptyDirectory();
    const victim = writer(`${directory}/log`, 'victim');
    const others = ['a', 'b', 'c'].map((name) => writer(`${directory}/log`, name));
    victim.stdout.once('data', () => victim.kill('SIGKILL'));
    await Promise.all([victim, ...others]);
    const files = Object.entries(filesIn(directory)).reverse();
    const lines = files.flatMap(([, text]) => text.trimEnd().split('\n'));
    const seen = lines.map((line) => /^time=\S+ level=info name=(\w+) line=(\d+) msg=x{30}$/.exec(line));
    for (const name of ['a', 'b', 'c', 'victim']) {
      const numbers = seen.flatMap((match) => (match?.[1] === name ? Number(match[2]) : []));
      expect(numbers.toSorted((one, other) => one - other)).toEqual([...numbers.keys()]);
      if (name !== 'victim') expect(numbers).toHaveLength(150);
    }
    expect(seen).not.toContain(null);
    const rotated = files.filter(([name]) => name !== 'log');
    expect(rotated.length).toBeGreaterThan(1);
    expect(rotated.filter(([, text]) => text.length <= MAX_BYTES)).toEqual([]);
  });
});
