/** What the tool does is done to its end, also if nobody reads what it prints, or if that cannot be written. */
import { describe, expect } from 'vitest';
import { BIN, install, namesIn, PLUGIN, plantAnother } from './installing.ts';
import { leak, STORE } from './ipam-stage.ts';
import { EXECUTABLE, type Machine } from './machine.ts';
import { machineTest } from './machine-test.ts';

const test = machineTest({ vfs: 1, pods: [] });

/** The reader is gone before the first word. Returns the exit code, and what stands on standard error. */
const unread = (machine: Machine, words: string) =>
  machine.sh(`set +e; { { sleep 0.3; ${EXECUTABLE} ${words}; echo "exit $?" >&3; } | true; } 3>&1 2>&1`);

describe('without a reader', () => {
  test('reclaiming goes through all networks', async ({ machine }) => {
    const stores = ['net', 'net2', 'net3'].map((name) => STORE.replace(/net$/, name));
    const leaked = leak('10.201.7.77', '');
    await machine.sh(stores.map((store) => leaked.replaceAll(STORE, store)).join('; '));
    expect(await unread(machine, 'ipam reclaim --only-ours --yes')).toBe('exit 0');
    expect(await machine.sh(`ls ${stores.join(' ')} | grep 10.201 || true`)).toBe('');
  });

  test('an install makes the link, too', async ({ machine }) => {
    expect(await unread(machine, `install --host-local --to ${BIN}`)).toBe('exit 0');
    expect(await namesIn(machine)).toEqual(['host-local: link to sriov', 'sriov: new']);
  });

  test('a roll-back is done, and takes the link away', async ({ machine }) => {
    await plantAnother(machine);
    await install(machine, '--host-local');
    expect(await unread(machine, `install --roll-back --force --to ${BIN}`)).toBe('exit 0');
    expect(await namesIn(machine)).toEqual(['.sriov.previous: new', 'sriov: another']);
  });

  test.for(['discover', 'discover --watch', 'doctor --help'])(
    '%s ends, and says nothing',
    async (words, { machine }) => {
      expect(await unread(machine, words)).toBe('exit 0');
    },
  );

  test('what was found keeps its exit code', async ({ machine }) => {
    await machine.sh(`echo '{"cniVersion":"1.0.0","name":"net","type":"sriov","vlan":5000}' >/run/net.json`);
    expect(await unread(machine, 'validate /run/net.json')).toBe('exit 3');
  });
});

describe('on a disk that is full', () => {
  const full = (machine: Machine, words: string) =>
    machine.run(['bash', '--norc', '-c', `exec ${EXECUTABLE} ${words} >/dev/full`]);

  test('an answer that is lost is a failure', async ({ machine }) => {
    const { code, stderr } = await full(machine, 'discover');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: Not all of the answer could be written: ENOSPC/);
    expect(stderr).not.toContain('bug');
  });

  test('a change is done to its end, whatever cannot be said', async ({ machine }) => {
    expect((await full(machine, `install --host-local --to ${BIN}`)).code).toBe(1);
    expect(await namesIn(machine)).toEqual(['host-local: link to sriov', 'sriov: new']);
    await machine.sh(`${PLUGIN} uninstall --to ${BIN} 2>/dev/full`);
    expect(await namesIn(machine)).toEqual([]);
  });
});
