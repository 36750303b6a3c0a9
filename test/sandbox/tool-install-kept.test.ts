/** What an install keeps of what it replaces: the last version that worked, and the last program of somebody else. */
import { describe, expect } from 'vitest';
import { BIN, install, namesIn, OLD_VERSION, PLUGIN, plantAnother, plantOlder, tool } from './installing.ts';
import { EXECUTABLE, type Machine } from './machine.ts';
import { machineTest } from './machine-test.ts';

const test = machineTest({ vfs: 0, pods: [] });

const uninstall = (machine: Machine) => tool(machine, 'uninstall', '--to', BIN);

/** First another program, then an older version of ours, then this one. */
async function upgraded(machine: Machine): Promise<void> {
  await plantOlder(machine);
  await machine.sh(`mv ${PLUGIN} /run/older`);
  await plantAnother(machine);
  await machine.sh(`/run/older install --to ${BIN}`);
  await install(machine);
}

describe('the program of somebody else', () => {
  test('comes back also after an upgrade', async ({ machine }) => {
    await upgraded(machine);
    expect(await namesIn(machine)).toEqual([
      '.sriov.foreign: another',
      '.sriov.previous: older',
      'sriov: new',
    ]);
    expect((await uninstall(machine)).stdout).toMatch(/\/sriov is another program again\.$/);
    expect(await namesIn(machine)).toEqual(['sriov: another']);
  });

  test('stays kept through roll-backs', async ({ machine }) => {
    await upgraded(machine);
    for (const now of ['older', 'new']) {
      expect((await install(machine, '--roll-back')).code).toBe(0);
      expect(await namesIn(machine)).toContain(`sriov: ${now}`);
    }
    await uninstall(machine);
    expect(await namesIn(machine)).toEqual(['sriov: another']);
  });

  test('is the last one that had the name', async ({ machine }) => {
    await upgraded(machine);
    await plantAnother(machine, 'later');
    await machine.sh(`echo '# later' >>${BIN}/later; mv ${BIN}/later ${PLUGIN}`);
    await install(machine);
    expect(await namesIn(machine)).toEqual(['.sriov.previous: another', 'sriov: new']);
    await uninstall(machine);
    expect(await machine.sh(`tail -n 1 ${PLUGIN}; ls -A ${BIN}`)).toBe('# later\nsriov');
  });

  test('is kept also if it does not start, and nothing else is', async ({ machine }) => {
    await machine.sh(`mkdir -p ${BIN}; printf '#!/none\\n' >${PLUGIN}; chmod 755 ${PLUGIN}`);
    expect((await install(machine)).stdout).toContain(
      `What was there, another program, does not answer as a plugin. It is ${BIN}/.sriov.foreign now: "sriov uninstall --to ${BIN}" brings it back.`,
    );
    await uninstall(machine);
    expect(await namesIn(machine)).toEqual(['sriov: another']);
  });
});

describe('the previous version is not pushed out by', () => {
  const HALF = `head -c 60000000 ${EXECUTABLE}`;

  test.for([
    ['the beginning of our executable', `${HALF} >${PLUGIN}`],
    ['our executable without its end', `head -c -1000000 ${EXECUTABLE} >${PLUGIN}`],
    ['an empty file', `: >${PLUGIN}`],
  ])('%s', async ([, damage = ''], { machine }) => {
    await upgraded(machine);
    await machine.sh(damage);
    const { code, stdout } = await install(machine);
    expect(code).toBe(0);
    expect(stdout).toMatch(/What was there, .*, does not work, and is not kept\.$/);
    expect(await namesIn(machine)).toEqual([
      '.sriov.foreign: another',
      '.sriov.previous: older',
      'sriov: new',
    ]);
  });

  test('what is damaged when it is rolled back', async ({ machine }) => {
    await upgraded(machine);
    await machine.sh(`${HALF} >${PLUGIN}`);
    expect((await install(machine, '--roll-back')).stdout).toMatch(
      new RegExp(`is version ${OLD_VERSION} again\\. What was there, .*, does not work, and is not kept\\.$`),
    );
    expect(await namesIn(machine)).toEqual(['.sriov.foreign: another', 'sriov: older']);
  });
});

test('under another name it is beside the first, which is kept', async ({ machine }) => {
  await install(machine);
  await install(machine, '--name', 'sriov-next');
  expect(await namesIn(machine)).toEqual(['sriov: new', 'sriov-next: new']);
});
