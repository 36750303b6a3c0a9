import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { execaSync } from 'execa';
import { describe, expect, test } from 'vitest';
import { IfName, NetworkName, PciAddress } from '../../../schemas/words.ts';
import type { OwnRecords } from '../../../src/host/all-records.ts';
import { createDiskRecords } from '../../../src/host/disk-records.ts';
import { recordText } from '../../../src/host/record-file.ts';
import { emptyDirectory, filesIn } from '../ipam/directories.ts';
import { recordOf } from './a-record.ts';

const FIRST = '0000:01:10.0';
const SECOND = '0000:01:10.2';

function recordsIn(directory = `${emptyDirectory()}/state`) {
  const logged: string[] = [];
  const records = createDiskRecords(directory, (level, message) => void logged.push(`${level}: ${message}`));
  return { directory, logged, records };
}

const device = PciAddress.parse(FIRST);

describe('a record on disk', () => {
  test('is read as it was written', async () => {
    const { records } = recordsIn();
    await records.write(recordOf(FIRST));
    expect(await records.ofDevice(device)).toEqual(recordOf(FIRST));
  });

  test('is replaced by the next of its device', async () => {
    const { directory, records } = recordsIn();
    await records.write(recordOf(FIRST));
    await records.write({ ...recordOf(FIRST), isUnfinished: false });
    expect(await records.ofDevice(device)).toMatchObject({ isUnfinished: false });
    expect(readdirSync(directory)).toEqual([`${FIRST}.json`]);
  });

  test('can be read by its owner only', async () => {
    const { directory, records } = recordsIn();
    await records.write(recordOf(FIRST));
    const modes = [directory, `${directory}/${FIRST}.json`].map((path) => statSync(path).mode & 0o777);
    expect(modes).toEqual([0o700, 0o600]);
  });

  test('is gone when it was removed, also the second time', async () => {
    const { directory, records } = recordsIn();
    await records.write(recordOf(FIRST));
    await records.remove(device);
    await records.remove(device);
    expect(await records.ofDevice(device)).toBeUndefined();
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('records are found', () => {
  test('by attachment and by network', async () => {
    const { records } = recordsIn();
    const [mine, others] = [recordOf(FIRST), recordOf(SECOND, 'pod-b', 'other')];
    await records.write(mine);
    await records.write(others);
    expect(await records.ofAttachment(mine.attachment)).toEqual([mine]);
    expect(await records.ofNetwork(others.attachment.network)).toEqual([others]);
    expect(await records.ofAttachment({ ...mine.attachment, ifName: IfName.parse('net2') })).toEqual([]);
  });

  test('nowhere before the first was written', async () => {
    const { records } = recordsIn();
    expect(await records.ofDevice(device)).toBeUndefined();
    expect(await records.ofNetwork(NetworkName.parse('net'))).toEqual([]);
  });

  test('among locks, leftovers of a killed writer and files of others', async () => {
    const { directory, records } = recordsIn();
    await records.write(recordOf(FIRST));
    for (const name of [`${FIRST}.lock`, `${SECOND}.json.new`, 'README.json', 'x']) {
      writeFileSync(`${directory}/${name}`, '{');
    }
    expect(await records.ofNetwork(NetworkName.parse('net'))).toEqual([recordOf(FIRST)]);
    expect(await records.ofDevice(PciAddress.parse(SECOND))).toBeUndefined();
  });
});

test('a leftover of a killed writer is overwritten by the next, and goes with the record', async () => {
  const { directory, records } = recordsIn();
  await records.write(recordOf(FIRST));
  writeFileSync(`${directory}/${FIRST}.json.new`, 'half a rec');
  await records.write({ ...recordOf(FIRST), bootId: 'boot-2' });
  expect(await records.ofDevice(device)).toMatchObject({ bootId: 'boot-2' });
  writeFileSync(`${directory}/${FIRST}.json.new`, 'half a rec');
  await records.remove(device);
  expect(readdirSync(directory)).toEqual([]);
});

describe('a damaged record', () => {
  const whole = recordText(recordOf(FIRST));
  /** With a checksum that is right. */
  const writtenAs = (changes: object) => recordText(Object.assign(recordOf(FIRST), changes));

  test.each([
    ['empty', ''],
    ['cut off', whole.slice(0, 100)],
    ['no object', '[]'],
    ['with another MAC by one bit', whole.replace('02:00:00:00:01:00', '02:00:00:00:01:01')],
    ['edited by a person', whole.replace('"sandbox": "/run', '"sandbox": "/var/run')],
    ['without a checksum', JSON.stringify(recordOf(FIRST))],
    ['of another format', writtenAs({ format: 2 })],
    ['of another device', writtenAs({ device: SECOND })],
    ['without what was', writtenAs({ before: undefined })],
    ['with a path that leads out', writtenAs({ addresses: { dataDir: '/var/../etc', held: [] } })],
  ])('%s, is set aside for a person to look at, and logged (DEF-12)', async (_title, text) => {
    const { directory, logged, records } = recordsIn();
    mkdirSync(directory);
    writeFileSync(`${directory}/${FIRST}.json`, text);
    expect(await records.ofDevice(device)).toBeUndefined();
    expect(filesIn(directory)).toEqual({ [`${FIRST}.json.damaged`]: text });
    expect(logged).toEqual([
      expect.stringContaining(`error: The record ${directory}/${FIRST}.json is damaged`),
    ]);
  });

  test('does not hide the others', async () => {
    const { directory, records } = recordsIn();
    await records.write(recordOf(SECOND));
    writeFileSync(`${directory}/${FIRST}.json`, '{');
    expect(await records.ofNetwork(NetworkName.parse('net'))).toEqual([recordOf(SECOND)]);
  });
});

test('a record that a DEL removes while all are read is not worth a word', async () => {
  const directory = emptyDirectory();
  const [one, other] = [`${directory}/${FIRST}.json`, `${directory}/${SECOND}.json`];
  for (const path of [one, other]) writeFileSync(path, '{');
  const logged: string[] = [];
  const records = createDiskRecords(directory, (_level, message) => {
    logged.push(message);
    rmSync(message.includes(FIRST) ? other : one);
  });
  expect(await records.ofNetwork(NetworkName.parse('net'))).toEqual([]);
  expect(logged).toHaveLength(1);
});

describe('what is no file', () => {
  const path = (directory: string) => `${directory}/${FIRST}.json`;

  test.each([
    ['a directory', (at: string) => mkdirSync(at)],
    ['a symbolic link', (at: string) => symlinkSync('/etc/passwd', at)],
    ['a FIFO', (at: string) => execaSync('mkfifo', [at])],
  ])('%s in the place of a record is set aside, too', async (_title, plant) => {
    const { directory, logged, records } = recordsIn(emptyDirectory());
    plant(path(directory));
    expect(await records.ofDevice(device)).toBeUndefined();
    expect(readdirSync(directory)).toEqual([`${FIRST}.json.damaged`]);
    expect(logged).toHaveLength(1);
  });

  test('symbolic links are not followed when a record is written, read or removed', async () => {
    const { directory, records } = recordsIn(emptyDirectory());
    const victim = `${emptyDirectory()}/victim`;
    writeFileSync(victim, 'of others');
    for (const name of [path(directory), `${path(directory)}.new`]) symlinkSync(victim, name);
    await records.write(recordOf(FIRST));
    expect(await records.ofDevice(device)).toEqual(recordOf(FIRST));
    symlinkSync(victim, `${path(directory)}.new`);
    await records.remove(device);
    expect(readdirSync(directory)).toEqual([]);
    expect(readFileSync(victim, 'utf8')).toBe('of others');
  });

  const full = (at: string) => mkdirSync(`${at}/of others`, { recursive: true });

  test('is set aside by a name of its own each time: what was kept stays', async () => {
    const { directory, logged, records } = recordsIn(emptyDirectory());
    for (let time = 0; time < 3; time++) {
      full(path(directory));
      expect(await records.ofDevice(device)).toBeUndefined();
    }
    const aside = ['', '.1', '.2'].map((number) => `${FIRST}.json.damaged${number}`);
    expect(readdirSync(directory).toSorted()).toEqual(aside);
    expect(logged.at(-1)).toContain(`renamed to ${directory}/${aside[2]}`);
  });

  test('in the place of the next record is set aside, too', async () => {
    const { directory, records } = recordsIn(emptyDirectory());
    full(`${path(directory)}.new`);
    await records.write(recordOf(FIRST));
    expect(await records.ofDevice(device)).toEqual(recordOf(FIRST));
    full(`${path(directory)}.new`);
    await records.remove(device);
    const aside = ['', '.1'].map((number) => `${FIRST}.json.new.damaged${number}`);
    expect(readdirSync(directory).toSorted()).toEqual(aside);
  });
});

describe('on a read-only disk', () => {
  /** What a process of its own, which sees the directory read-only, gets from its records. */
  function answersIn(directory: string) {
    const script = `mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"`;
    const child = `${import.meta.dirname}/read-only-process.ts`;
    const command = [process.execPath, child, directory, FIRST];
    const { stdout } = execaSync('unshare', ['-rm', 'sh', '-c', script, directory, ...command]);
    return JSON.parse(stdout);
  }

  test('removing a record that is not there succeeds', () => {
    expect(answersIn(emptyDirectory())).toEqual({ logged: [], read: 'nothing', remove: 'done' });
  });

  test('a damaged record stays, and is none: only who removes it fails', () => {
    const directory = emptyDirectory();
    writeFileSync(`${directory}/${FIRST}.json`, '{');
    expect(answersIn(directory)).toEqual({
      logged: [expect.stringMatching(/^error: .* is damaged and cannot be renamed: EROFS/)],
      read: 'nothing',
      remove: expect.stringContaining(`Cannot remove ${directory}/${FIRST}.json: EROFS`),
    });
  });
});

test.each([
  ['write', 'Cannot write', (records: OwnRecords) => records.write(recordOf(FIRST))],
  ['remove', 'Cannot remove', (records: OwnRecords) => records.remove(device)],
] as const)('%s tells which path is the matter', async (_verb, message, attempt) => {
  const file = `${emptyDirectory()}/file`;
  writeFileSync(file, '');
  const { records } = recordsIn(`${file}/state`);
  await expect(attempt(records)).rejects.toMatchObject({
    fault: 'input-output',
    message: expect.stringContaining(`${message} ${file}/state/${FIRST}.json: E`),
  });
});
