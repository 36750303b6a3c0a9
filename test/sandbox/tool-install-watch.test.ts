/** `sriov install --watch`, as the entry point of a container has it. */
import { describe, expect } from 'vitest';
import { BIN, expectWhole, namesIn, PLUGIN, plantAnother, VERSION } from './installing.ts';
import { EXECUTABLE, type Machine } from './machine.ts';
import { machineTest } from './machine-test.ts';

const test = machineTest({ vfs: 0, pods: [] });

type Watching = {
  readonly via?: string;
  readonly options?: string;
  /** What happens meanwhile. */
  readonly script: string;
};

/** Returns what it said, and in the last line the exit code and how many milliseconds it took to end. */
async function watching(machine: Machine, { via = '', options = '', script }: Watching): Promise<string> {
  return machine.sh(`
    soon() { for n in $(seq 300); do eval "$1" && return; sleep 0.1; done; cat /run/said; return 1; }
    ${via} ${EXECUTABLE} install --to ${BIN} --watch ${options} >/run/said 2>&1 & pid=$!
    trap 'kill -9 $pid' EXIT
    soon 'grep -q Watching /run/said'
    target=$(cat /proc/$pid/task/$pid/children); target=\${target:-$pid}
    signal=TERM
    ${script}
    from=$(date +%s%3N); kill -$signal $target
    code=0; wait $pid || code=$?; trap - EXIT
    grep -v ^copying: /run/said; echo "exit $code, $(($(date +%s%3N) - from < 1000 ? 1 : 0))"`);
}

const ENDED = 'exit 0, 1';
const INSTALLED = `Installed version ${VERSION} as ${PLUGIN}.`;

describe('it ends at once, well, at', () => {
  test.for(['TERM', 'INT'])('SIG%s', async (signal, { machine }) => {
    expect((await watching(machine, { script: `signal=${signal}` })).split('\n')).toEqual([
      INSTALLED,
      `Watching ${PLUGIN}.`,
      ENDED,
    ]);
    expect(await namesIn(machine)).toEqual(['sriov: new']);
  });

  test('SIGTERM as PID 1, too, and says what it could not try there', async ({ machine }) => {
    const via = 'unshare --pid --fork --mount-proc';
    const lines = (await watching(machine, { via, script: '' })).split('\n');
    expect(lines).toEqual([
      INSTALLED,
      'It was tried with the libraries of this container. Whether it starts with those of the node, only "sriov doctor" on the node tells.',
      `Watching ${PLUGIN}.`,
      ENDED,
    ]);
  });

  test('SIGTERM while it copies, and leaves nothing', async ({ machine }) => {
    const slow = '/usr/bin/strace -f -o /dev/null -e inject=fsync:delay_enter=300000';
    const said = await machine.sh(`mkdir ${BIN}; code=0
      timeout --preserve-status 1.5 ${slow} ${EXECUTABLE} install --to ${BIN} --watch || code=$?; echo $code`);
    expect(said).toBe('0');
    expect(await namesIn(machine)).toEqual([]);
  });
});

describe('it repairs (F42)', () => {
  test.for([
    ['a file that was removed', `rm ${PLUGIN}`],
    ['a file that may not be started', `chmod 644 ${PLUGIN}`],
    ['a directory that was removed', `rm -r ${BIN}`],
  ])('%s', async ([, damage], { machine }) => {
    const script = `${damage}; soon 'grep -q "Somebody else" /run/said'`;
    expect((await watching(machine, { script })).split('\n')).toEqual([
      INSTALLED,
      `Watching ${PLUGIN}.`,
      `Somebody else has changed it. ${INSTALLED}`,
      ENDED,
    ]);
    await expectWhole(machine);
    expect(await namesIn(machine)).toEqual(['sriov: new']);
  });

  test('what another installer copied over it, which is kept', async ({ machine }) => {
    await plantAnother(machine, 'theirs');
    const script = `cp ${BIN}/theirs ${PLUGIN}.theirs; mv ${PLUGIN}.theirs ${PLUGIN}; soon 'grep -q "Somebody else" /run/said'`;
    expect(await watching(machine, { script })).toContain(
      `What was there, another program, is ${BIN}/.sriov.previous now`,
    );
    expect(await namesIn(machine)).toEqual(['.sriov.previous: another', 'sriov: new', 'theirs: another']);
  });

  test('the link host-local', async ({ machine }) => {
    const script = `rm ${BIN}/host-local; soon '[ -L ${BIN}/host-local ]'`;
    const said = await watching(machine, { options: '--host-local', script });
    expect(said).toContain(`Somebody else has changed it. ${BIN}/host-local is a link to sriov now.`);
  });

  test('nothing that was only touched, and says nothing', async ({ machine }) => {
    const script = `inode=$(stat -c %i ${PLUGIN}); touch ${PLUGIN}; sleep 3; [ $inode = $(stat -c %i ${PLUGIN}) ]`;
    expect((await watching(machine, { script })).split('\n')).toEqual([
      INSTALLED,
      `Watching ${PLUGIN}.`,
      ENDED,
    ]);
  });

  test('as soon as it can: what stands in its way it tells', async ({ machine }) => {
    await machine.sh(`mkdir ${BIN}; mount -t tmpfs -o size=300m tmpfs ${BIN}`);
    const script = `rm ${PLUGIN}; mount -o remount,ro ${BIN}; soon 'grep -q EROFS /run/said'
      mount -o remount,rw ${BIN}; soon 'grep -q "Somebody else" /run/said'`;
    const said = await watching(machine, { script });
    expect(said).toMatch(/^Cannot install .*EROFS.* Tried again later\.$/m);
    expect(said).toContain(`Somebody else has changed it. ${INSTALLED}`);
  });
});

test('where the first install fails, it fails', async ({ machine }) => {
  await machine.sh(`echo >${BIN}`);
  const ended = await machine.run([EXECUTABLE, 'install', '--to', BIN, '--watch']);
  expect(ended).toMatchObject({ code: 1, stdout: '' });
});
