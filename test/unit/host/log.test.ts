import { readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LOG_LEVELS } from '../../../schemas/netconf.ts';
import { createLog, type LogOptions } from '../../../src/host/log.ts';
import { emptyDirectory, filesIn } from '../ipam/directories.ts';

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

test.each([
  ['a blank', 'a b', '"a b"'],
  ['a quote', 'a"b', '"a\\"b"'],
  ['an equals sign', 'a=b', '"a=b"'],
  ['a line feed', 'a\nb', '"a\\nb"'],
  ['nothing of the kind', "it's:/fine", "it's:/fine"],
])('a message with %s stays on its line', (_title, message, written) => {
  const file = `${emptyDirectory()}/log`;
  createLog({ fields: {}, file })('error', message);
  expect(readFileSync(file, 'utf8')).toMatch(new RegExp(` msg=${written.replaceAll('\\', '\\\\')}\n$`));
});

test('lines are added to those that are there, and nobody else may read them', () => {
  const directory = emptyDirectory();
  createLog({ fields: {}, file: `${directory}/log` })('info', 'one');
  createLog({ fields: {}, file: `${directory}/log` })('info', 'two');
  expect(filesIn(directory)['log']).toMatch(/msg=one\n.*msg=two\n$/);
  expect(statSync(`${directory}/log`).mode & 0o777).toBe(0o600);
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
