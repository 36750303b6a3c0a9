/** Where `sriov install` cannot do what it is asked: one error, what was there in its place, and nothing left behind. */
import { describe, expect } from 'vitest';
import { BIN, failed, install, namesIn, PLUGIN, plantAnother, tool } from './installing.ts';
import { EXECUTABLE, type Machine } from './machine.ts';
import { machineTest } from './machine-test.ts';

const test = machineTest({ vfs: 0, pods: [] });

/** A file system of its own for the directory of plugins, with a program of somebody else in it. */
async function mount(machine: Machine, options: string): Promise<void> {
  await machine.sh(`mkdir ${BIN}; mount -t tmpfs -o ${options} tmpfs ${BIN}`);
  await plantAnother(machine);
}

async function expectUntouched(machine: Machine): Promise<void> {
  expect(await namesIn(machine)).toEqual(['sriov: another']);
}

test('where nobody can make a directory is told', async ({ machine }) => {
  expect(await tool(machine, 'install', '--to', '/proc/x')).toEqual(
    failed('Cannot install into /proc/x: no directory can be made there'),
  );
});

describe('the file system', () => {
  test.for(['64k', '30m', '128m'])('of %s is full', async (size, { machine }) => {
    await mount(machine, `size=${size}`);
    expect(await install(machine)).toEqual(
      failed(`Cannot install ${PLUGIN}: ENOSPC: no space left on device, write. Free space there`),
    );
    await expectUntouched(machine);
  });

  test.for([3, 4])('has no inode left but %i', async (inodes, { machine }) => {
    await mount(machine, `nr_inodes=${inodes - 1}`);
    const { stderr, code } = await install(machine);
    expect({ code, stderr }).toEqual(
      inodes === 3
        ? { code: 1, stderr: expect.stringMatching(/ENOSPC: no space left on device, open .* Free space/) }
        : { code: 1, stderr: expect.stringMatching(/ENOSPC: no space left on device, link .* Free space/) },
    );
    await expectUntouched(machine);
  });

  test('is read-only', async ({ machine }) => {
    await mount(machine, 'size=200m');
    await machine.sh(`mount -o remount,ro ${BIN}`);
    const { code, stderr } = await install(machine);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error: Cannot install \/run\/bin\/sriov: EROFS: .* It is mounted read-only: install into a directory that can be written \(--to\)$/,
    );
    await expectUntouched(machine);
  });

  test('lets nothing be started', async ({ machine }) => {
    await mount(machine, 'size=200m,noexec');
    const { code, stderr } = await install(machine);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /does not work there: .*EACCES .*noexec.*What was there before is still in place$/,
    );
    await expectUntouched(machine);
  });
});

test('a library that the copy wants is missing', async ({ machine }) => {
  await plantAnother(machine);
  const { code, stderr } = await machine.run([
    'bash',
    '-c',
    `library=$(ldd ${EXECUTABLE} | sed -n 's/.*=> \\(.*libstdc[^ ]*\\) .*/\\1/p')
    mkdir /run/hidden; cp $library /run/hidden/; mount --bind /dev/null $(readlink -f $library)
    LD_LIBRARY_PATH=/run/hidden exec ${EXECUTABLE} install --to ${BIN}`,
  ]);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /ended with exit code 127, and said: .*libstdc\+\+\.so\.6: .* \(install libstdc\+\+ \(Debian: libstdc\+\+6\)\)/,
  );
  await expectUntouched(machine);
});

describe('the directory', () => {
  test.for([
    ['is a file', 'echo >/run/bin', 'Cannot install into /run/bin: it is no directory'],
    [
      'is a symbolic link to nothing',
      'ln -s /run/none /run/bin',
      'Cannot install into /run/bin: it is a symbolic link to /run/none, which is not there',
    ],
    [
      'has a directory in the place of the plugin',
      'mkdir -p /run/bin/sriov',
      `${PLUGIN} is a directory: move it away`,
    ],
  ] as const)('%s', async ([, script, sentence], { machine }) => {
    await machine.sh(script);
    expect(await install(machine)).toEqual(failed(sentence));
    expect(await machine.sh(`find ${BIN}/ -name '.*' || true`)).toBe('');
  });

  test('has a directory in the place of host-local', async ({ machine }) => {
    await machine.sh(`mkdir -p ${BIN}/host-local`);
    const { code, stderr } = await install(machine, '--host-local');
    expect([code, stderr]).toEqual([1, `error: ${BIN}/host-local is a directory: move it away`]);
    expect(await namesIn(machine).catch(() => [])).toContain('sriov: new');
  });

  test('below a file cannot be made', async ({ machine }) => {
    await machine.sh('echo >/run/file');
    const { code, stderr } = await tool(machine, 'install', '--to', '/run/file/bin');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/Cannot install .*ENOTDIR/)]);
  });

  test('may be a symbolic link to another one', async ({ machine }) => {
    await machine.sh(`mkdir /run/real-bin; ln -s real-bin ${BIN}`);
    expect((await install(machine)).code).toBe(0);
    expect(await namesIn(machine, '/run/real-bin')).toEqual(['sriov: new']);
  });
});

test('of the names that it uses itself none leads it elsewhere', async ({ machine }) => {
  await plantAnother(machine);
  await machine.sh(`echo precious >/run/precious
    for name in .sriov.previous .host-local.previous host-local; do ln -s /run/precious ${BIN}/$name; done`);
  expect((await install(machine, '--host-local')).code).toBe(0);
  expect(await machine.sh('cat /run/precious')).toBe('precious');
  expect(await namesIn(machine)).toEqual([
    '.host-local.previous: link to /run/precious',
    '.sriov.previous: another',
    'host-local: link to sriov',
    'sriov: new',
  ]);
});

test('Ctrl-C ends it at once, and leaves nothing', async ({ machine }) => {
  await plantAnother(machine);
  // Each piece waits on the disk for a while, as it does on one that is slow.
  const slow = ['/usr/bin/strace', '-f', '-o', '/dev/null', '-e', 'inject=fsync:delay_enter=200000'];
  const { code, stderr } = await machine.run([
    ...['timeout', '--signal=INT', '--preserve-status', '2', ...slow],
    ...[EXECUTABLE, 'install', '--to', BIN],
  ]);
  expect([code, stderr]).toEqual([1, expect.stringContaining(`error: Interrupted: ${PLUGIN} is as it was`)]);
  expect(stderr).toMatch(/^copying: \d+ of 13\d MB$/m);
  await expectUntouched(machine);
});

test.for([
  ['--name', '../sriov', 'Expected a file name'],
  ['--name', '.sriov', 'Expected a file name'],
  ['--name', 'host-local', 'use --host-local'],
  ['--to', '', 'Expected a directory'],
  ['--roll-back', '--watch', 'cannot be used with'],
  ['--force', '--host-local', '--force is for --roll-back'],
])('%s %s is refused as wrongly used', async ([option = '', value = '', sentence], { machine }) => {
  expect(await tool(machine, 'install', option, value)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(sentence ?? ''),
  });
});
